"""Writes reference pages from the code: a module a page, each with a function of Markdown."""
