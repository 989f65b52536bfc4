"""What enquiry states: enquiries from opening to conclusion, what was recorded of them, and what the adult wanted."""

from shared.contracts.enquiry.lifecycle import *
from shared.contracts.enquiry.outcomes import *
from shared.contracts.enquiry.records import *
