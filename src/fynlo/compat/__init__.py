"""What an existing React Native till says, translated: no rule of the business is decided here."""
