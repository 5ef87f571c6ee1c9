"""BPMN 2.0 XML to immutable process graphs: reading, extensions of vendors, structural rules.

Rule of this package: it says what a file says. It knows neither behaviour nor expressions.
"""
