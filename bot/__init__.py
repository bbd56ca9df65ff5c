"""Telegram on one side, the store on the other: takes requests and delivers pictures."""
