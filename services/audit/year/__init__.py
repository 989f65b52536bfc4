"""The year's figures: what is counted of a financial year, by which rule, and every case behind each number.

Everything is counted as it is known now: a later correction restates a past year.
"""

from services.audit.year.counted import Counted, Kind
from services.audit.year.figures import Figures, Row, UnknownMeasure, cases_of, figures
from services.audit.year.financial_year import NotAYear, Year, financial_year
from services.audit.year.proportions import growth, percent
from services.audit.year.published import Published

__all__ = [
    "Counted",
    "Figures",
    "Kind",
    "NotAYear",
    "Published",
    "Row",
    "UnknownMeasure",
    "Year",
    "cases_of",
    "figures",
    "financial_year",
    "growth",
    "percent",
]
