/* A C program as a stranger would write it from the header alone. */
#include <stdio.h>
#include <string.h>

#include "non_audited_mailbox.h"

/* ASCII to UTF-16. */
static int32_t wide(const char *from, uint16_t *to) {
    int32_t length = 0;
    while (from[length] != '\0') {
        to[length] = (uint16_t)from[length];
        length++;
    }
    return length;
}

static int fail(const char *what, NamText message) {
    fprintf(stderr, "%s: ", what);
    for (size_t i = 0; i < message.length; i++) fputc((char)message.data[i], stderr);
    fputc('\n', stderr);
    nam_text_free(message.data, message.length);
    return 1;
}

int main(void) {
    uint16_t baseline[32], json[256], lists[512], set[64], type[32], enabled[8];
    NamJudge *judge = NULL;
    NamText message;
    NamVerdict verdict;
    NamVerdictTexts texts;
    if (nam_abi_version() != NAM_ABI_VERSION) return 2;

    int32_t baseline_length = wide("mine", baseline);
    int32_t json_length = wide("{\"owner\": [\"MailboxLogin\", \"Move\", \"HardDelete\"]}", json);
    if (nam_judge_new(baseline, baseline_length, json, json_length, 0, NULL, NAM_ABSENT, 0, 0, 0, &judge, &message)
        != NAM_STATUS_OK) return fail("nam_judge_new", message);

    int32_t lists_length = wide("Update, HardDelete", lists);
    int32_t set_length = wide("Admin,Delegate", set);
    int32_t type_length = wide("UserMailbox", type);
    int32_t enabled_length = wide("True", enabled);
    if (nam_judge_mailbox(judge, NULL, NULL, NAM_ABSENT, NULL, NAM_ABSENT, NULL, NAM_ABSENT, NULL, NAM_ABSENT, NULL, NAM_ABSENT,
                          type, type_length, NULL, NAM_ABSENT, NULL, NAM_ABSENT, NULL, NAM_ABSENT, enabled, enabled_length,
                          lists, lists_length, lists, lists_length, lists, lists_length, set, set_length, NULL, NAM_ABSENT,
                          enabled, 0, &verdict, &texts, &message)
        != NAM_STATUS_OK) return fail("nam_judge_mailbox", message);

    printf("state %d, owner: ", (int)verdict.state);
    for (size_t i = 0; i < texts.gaps_owner.length; i++) putchar((char)texts.gaps_owner.data[i]);
    putchar('\n');
    NamText *each[] = {&texts.state, &texts.reason, &texts.remarks, &texts.problem, &texts.gaps_admin,
                       &texts.gaps_delegate, &texts.gaps_owner, &texts.default_audit_set, &texts.unrecognized};
    for (size_t i = 0; i < sizeof each / sizeof *each; i++) nam_text_free(each[i]->data, each[i]->length);
    nam_judge_free(judge);
    nam_judge_free(NULL);
    return 0;
}
