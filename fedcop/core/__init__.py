"""What every feature stands on: settings, database, time, jobs, storage, mail, text. It knows no feature."""
