//! A window over a file's text: only as much of it is held as one record needs.
//!
//! Readers take a record at a time out of it. A record that the window cuts off is read again once more of it is
//! there; since a window holds hundreds of records, that is rare.

use std::io::{self, Read};

use super::{BUFFER, ReadErrorKind};

/// The largest record that is read, in bytes.
pub(super) const LARGEST_RECORD: usize = 64 << 20;

pub(super) struct Window<R> {
    reader: R,
    text: String,
    /// Bytes of a character that the last read cut off.
    split: Vec<u8>,
    chunk: Vec<u8>,
    position: usize,
    at_end: bool,
    failure: Option<io::Error>,
    /// Bytes that are no UTF-8: told once all before them is read.
    broken: bool,
    line: u64,
    counted: usize,
    held: Option<(usize, u64)>,
}

impl<R: Read> Window<R> {
    pub(super) fn new(reader: R) -> Self {
        Window {
            reader,
            text: String::with_capacity(2 * BUFFER),
            split: Vec::new(),
            chunk: vec![0; BUFFER],
            position: 0,
            at_end: false,
            failure: None,
            broken: false,
            line: 1,
            counted: 0,
            held: None,
        }
    }

    /// What is held and not yet passed.
    pub(super) fn rest(&self) -> &str {
        &self.text[self.position..]
    }

    /// Whether the rest is all that there is.
    pub(super) fn at_end(&self) -> bool {
        self.at_end
    }

    /// Passes that many bytes.
    pub(super) fn advance(&mut self, bytes: usize) {
        self.position += bytes;
    }

    /// Passes white space, and tells the byte behind it; none at the end of the file.
    pub(super) fn peek(&mut self) -> Result<Option<u8>, ReadErrorKind> {
        loop {
            let rest = self.rest().as_bytes();
            let blank = rest.iter().position(|byte| !byte.is_ascii_whitespace());
            let (skip, byte) = (blank.unwrap_or(rest.len()), blank.map(|at| rest[at]));
            self.advance(skip);
            if byte.is_some() || self.at_end {
                return Ok(byte);
            }
            self.fill()?;
        }
    }

    /// The line at the present position, from 1.
    pub(super) fn line(&mut self) -> u64 {
        self.line += count_lines(&self.text[self.counted..self.position]);
        self.counted = self.position;
        self.line
    }

    /// Keeps all from here, so that [`Window::rewind`] can come back.
    pub(super) fn hold(&mut self) {
        let line = self.line();
        self.held = Some((self.position, line));
    }

    /// Goes back to where [`Window::hold`] was called.
    pub(super) fn rewind(&mut self) {
        if let Some((position, line)) = self.held.take() {
            (self.position, self.counted, self.line) = (position, position, line);
        }
    }

    /// Reads more.
    ///
    /// # Errors
    ///
    /// Beside those of the file: when the rest has grown beyond any record, or the file ends.
    pub(super) fn fill(&mut self) -> Result<(), ReadErrorKind> {
        let was_stuck = self.drop_passed() == 0 && !self.text.is_empty();
        if was_stuck {
            // A record that has not come to its end is read from its begin again: with pieces of one size, the
            // time would grow with the square of its length.
            self.chunk.resize((self.chunk.len() * 2).min(LARGEST_RECORD), 0);
        }
        if self.broken {
            return Err(ReadErrorKind::NotUtf8);
        }
        if self.text.len() > LARGEST_RECORD {
            return Err(ReadErrorKind::TooLarge);
        }
        let count = self.read_chunk()?;
        if count == 0 {
            self.at_end = true;
            self.broken = !self.split.is_empty();
            return Ok(());
        }
        if self.split.is_empty() {
            self.broken = take_text(&mut self.text, &mut self.split, &self.chunk[..count]);
        } else {
            let mut bytes = std::mem::take(&mut self.split);
            bytes.extend_from_slice(&self.chunk[..count]);
            self.broken = take_text(&mut self.text, &mut self.split, &bytes);
        }
        Ok(())
    }

    /// Lets go of what was passed, and tells how much that was.
    fn drop_passed(&mut self) -> usize {
        self.line();
        let passed = self.held.map_or(self.position, |(position, _)| position);
        self.text.drain(..passed);
        self.position -= passed;
        self.counted -= passed;
        if let Some((position, _)) = &mut self.held {
            *position = 0;
        }
        passed
    }

    /// Fills the chunk, in as many reads as the source needs; 0 at the end of the file.
    fn read_chunk(&mut self) -> Result<usize, ReadErrorKind> {
        let mut count = 0;
        while count < self.chunk.len() && self.failure.is_none() {
            match self.reader.read(&mut self.chunk[count..]) {
                Ok(0) => break,
                Ok(more) => count += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // What came before is used first.
                Err(error) => {
                    self.failure = Some(error);
                    break;
                }
            }
        }
        match self.failure.take_if(|_| count == 0) {
            Some(error) => Err(error.into()),
            None => Ok(count),
        }
    }
}

/// Appends what is UTF-8, keeps the begin of a character at the end; true if there is something else.
fn take_text(text: &mut String, split: &mut Vec<u8>, bytes: &[u8]) -> bool {
    let error = match std::str::from_utf8(bytes) {
        Ok(valid) => {
            text.push_str(valid);
            return false;
        }
        Err(error) => error,
    };
    let (valid, rest) = bytes.split_at(error.valid_up_to());
    text.push_str(&String::from_utf8_lossy(valid));
    if error.error_len().is_some() {
        return true;
    }
    split.extend_from_slice(rest);
    false
}

pub(super) fn count_lines(text: &str) -> u64 {
    memchr::memchr_iter(b'\n', text.as_bytes()).count() as u64
}
