"""What people type, made comparable: accents, case, abbreviations, typos, words that are not finished yet."""
