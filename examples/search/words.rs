//! The words of the files and where they occur, found by a plain scan: what the database's answers
//! are checked against.

use std::collections::HashMap;

use fastrand::Rng;

/// The number of a file, which is its row in the database, too.
pub(crate) type FileId = i64;

/// A word and the files it occurs in, in ascending order.
pub(crate) type Occurrences = (Box<str>, Vec<FileId>);

/// All words, never none, in alphabetical order, so that a seed draws the same ones in each run.
#[derive(Debug)]
pub(crate) struct Words(Vec<Occurrences>);

impl Words {
    /// Draws one of the words, each as likely as the other.
    pub(crate) fn draw(&self, rng: &mut Rng) -> &Occurrences {
        &self.0[rng.usize(..self.0.len())]
    }

    pub(crate) fn distinct(&self) -> usize {
        self.0.len()
    }
}

/// The scan: takes one text after the other.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    files_of: HashMap<Box<str>, Vec<FileId>>,
    total: u64,
}

impl Scan {
    /// Notes each word of a file's text. Files come in ascending order.
    pub(crate) fn add(&mut self, file: FileId, text: &str) {
        for word in words(&text.to_ascii_lowercase()) {
            self.total += 1;
            match self.files_of.get_mut(word) {
                Some(files) if files.last() == Some(&file) => {}
                Some(files) => files.push(file),
                None => {
                    self.files_of.insert(word.into(), vec![file]);
                }
            }
        }
    }

    /// How many words there were, repeated ones included.
    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    /// The words found, if there were any.
    pub(crate) fn finish(self) -> Option<Words> {
        let mut words: Vec<_> = self.files_of.into_iter().collect();
        words.sort_unstable();
        (!words.is_empty()).then_some(Words(words))
    }
}

/// Splits as `SQLite`'s `ascii` tokenizer does: ASCII letters, digits and everything that is not
/// ASCII belong to words, all else parts them. Overlong words, such as encoded files, are left
/// out, as the tokenizer cuts those off somewhere.
pub(crate) fn words(lower_case: &str) -> impl Iterator<Item = &str> {
    lower_case
        .split(|c: char| c.is_ascii() && !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty() && word.len() <= LONGEST)
}

const LONGEST: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn punctuation_parts_words_and_letters_of_any_language_make_them() {
        let found: Vec<_> = words("don't fn_name x2;größe—日本\n").collect();
        assert_eq!(found, ["don", "t", "fn", "name", "x2", "größe—日本"]);
    }

    #[test]
    fn a_word_knows_each_of_its_files_once() {
        let mut scan = Scan::default();
        scan.add(1, "pool Pool");
        scan.add(2, "a POOL");
        assert_eq!(scan.total(), 4);
        let words = scan.finish().expect("there are words");
        assert_eq!(words.0, [("a".into(), vec![2]), ("pool".into(), vec![1, 2])]);
    }
}
