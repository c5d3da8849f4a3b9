"""The pages of the privacy policy: its versions, and how they differ."""
