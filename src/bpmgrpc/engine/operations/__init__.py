"""What an operator does to a running instance: hold it, change where it is, bring it to another version.

Rule of this package: an operation is a command like any other, decided on rows and given back as changes. What it would
do (``plan``) is read off these very changes, so that a dry run is the decision without its commit and cannot say
anything else than what happens. What makes no sense is refused as a whole, with all that is wrong (``findings``).
"""
