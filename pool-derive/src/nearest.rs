//! Which known word was meant by an unknown one.

/// The known word that an unknown one ends with, or else the one with the fewest letters to change,
/// if they are few for a word of that length.
pub(crate) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let end = word.rsplit('_').next();
    if let Some(name) = known.iter().find(|name| end == Some(name)) {
        return Some(name);
    }
    let (changes, name) = known
        .iter()
        .map(|name| (changes(word, name), *name))
        .min_by_key(|(changes, _)| *changes)?;
    (changes <= word.len().max(name.len()) / 3).then_some(name)
}

/// How many letters have to be added, left out or replaced to make `to` of `from`.
fn changes(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    // The changes from the letters of `from` seen so far to each beginning of `to`.
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (seen, letter) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = seen + 1;
        for (index, other) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[index + 1];
            row[index + 1] = replaced.min(row[index] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    const KNOWN: [&str; 5] = ["create", "recycle", "reset", "reusable", "close"];

    #[test]
    fn a_slip_of_the_pen_finds_its_word() {
        assert_eq!(nearest("recyle", &KNOWN), Some("recycle"));
        assert_eq!(nearest("creat", &KNOWN), Some("create"));
        assert_eq!(nearest("reuseable", &KNOWN), Some("reusable"));
        assert_eq!(nearest("rest", &KNOWN), Some("reset"));
        assert_eq!(nearest("closed", &KNOWN), Some("close"));
    }

    #[test]
    fn a_longer_name_finds_the_word_it_ends_with() {
        assert_eq!(nearest("is_reusable", &KNOWN), Some("reusable"));
        assert_eq!(nearest("on_close", &KNOWN), Some("close"));
    }

    #[test]
    fn another_word_finds_none() {
        assert_eq!(nearest("timeout", &KNOWN), None);
        assert_eq!(nearest("close_timeout", &KNOWN), None);
        assert_eq!(nearest("max", &KNOWN), None);
    }
}
