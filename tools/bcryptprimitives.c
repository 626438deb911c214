/* For tests under Wine only, never shipped. Rust's standard library takes random bytes from Windows' own
 * bcryptprimitives.dll, which Wine up to 8 lacks; this one hands the call on to what Wine has. */
#include <windows.h>
#include <ntsecapi.h>

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T length) {
    while (length > 0) {
        ULONG part = length > 0x40000000 ? 0x40000000 : (ULONG)length;
        if (!RtlGenRandom(data, part)) return FALSE;
        data += part;
        length -= part;
    }
    return TRUE;
}
