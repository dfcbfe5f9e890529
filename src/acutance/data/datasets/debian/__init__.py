"""Packages of Debian and Ubuntu: their files, and on what terms these may be used."""
