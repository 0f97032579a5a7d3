"""The HTML report of one run, or of several side by side.

Everything in it comes from what a result folder always holds, so a report needs neither records
nor a new simulation. Each module makes one section of the page.
"""
