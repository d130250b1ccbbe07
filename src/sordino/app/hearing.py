"""What a chart shows, in a few sentences, for people who cannot see it."""

from __future__ import annotations

from sordino.report import words
from sordino.report.curves import PainPlot, Plot


def session_in_words(plot: Plot) -> str:
    """The peak of each panel in the middle person, and when it comes."""
    said = [f"{panel.title}: {_peak(plot, panel.name)}." for panel in plot.panels]
    if "leave" in plot.tables:
        at = float(plot.tables["leave"]["time"][0])
        said.append(f"Half of the people are fit to leave at {at:.0f} {plot.unit}.")
    return " ".join(said)


def pain_in_words(plot: PainPlot) -> str:
    """Pain in the middle person at the start, at its lowest, and at the end."""
    rows, plain = plot.tables["pain.people"], plot.tables["pain_placebo.people"]
    low = int(rows["q50"].argmin())
    end = rows["time"][-1]
    return (
        f"Pain of 10 in the middle person: {_pain(rows['q50'][0])} at the start, lowest "
        f"{_pain(rows['q50'][low])} at {rows['time'][low]:.1f} {plot.unit}, "
        f"{_pain(rows['q50'][-1])} at {end:.0f} {plot.unit} with the drug and "
        f"{_pain(plain['q50'][-1])} without any drug."
    )


def _peak(plot: Plot, name: str) -> str:
    rows = plot.tables[f"{name}.people"]
    top = int(rows["q50"].argmax())
    return f"highest {words.fixed(rows['q50'][top], 0)} at {rows['time'][top]:.0f} {plot.unit}"


def _pain(value: float) -> str:
    return words.fixed(value, 1)
