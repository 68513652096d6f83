"""The weekly report: one HTML file about a week of the markets, as it was known on its Saturday."""

from reporting.weekly.page import render
from reporting.weekly.sections import Section, read_sections
from reporting.weekly.week import Week

__all__ = ["Section", "Week", "read_sections", "render"]
