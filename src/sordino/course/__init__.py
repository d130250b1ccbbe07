"""The course document: which drug, how, how much and when, for whom, watched for how long."""

from __future__ import annotations

from sordino.course.administration import Administration, ComparatorUse, Session
from sordino.course.describe import course_summary, describe_course
from sordino.course.load import load_course
from sordino.course.model import Course, ModelChoice, Observe
from sordino.course.names import COMPARATORS, DRUGS, ROUTES
from sordino.course.rule import Rule
from sordino.course.rule_words import rule_sentence
from sordino.course.treatment import Step, Treatment

__all__ = [
    "COMPARATORS",
    "DRUGS",
    "ROUTES",
    "Administration",
    "ComparatorUse",
    "Course",
    "ModelChoice",
    "Observe",
    "Rule",
    "Session",
    "Step",
    "Treatment",
    "course_summary",
    "describe_course",
    "load_course",
    "rule_sentence",
]
