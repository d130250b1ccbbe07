"""Going through the rules for one person: criteria, contraindications, interactions, tests.

Each rule is met, not met or unknown, with its reason in words and its source. There is no
verdict over all rules: whether somebody is treated is decided by people.
"""

from sordino.screening.result import Check, Group, Screening, Status
from sordino.screening.screen import screen

__all__ = ["Check", "Group", "Screening", "Status", "screen"]
