"""From a summary to what people read: a result document, sentences, charts, one HTML page."""

from __future__ import annotations

from sordino.report.export import simulate_to_folder
from sordino.report.html import report_html
from sordino.report.result import Result, build_result, result_json

__all__ = ["Result", "build_result", "report_html", "result_json", "simulate_to_folder"]
