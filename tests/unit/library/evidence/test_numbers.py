"""The numbers of the rows hang together: with each other, between files, and with the models.

None of these numbers is expected from a run of the package. Percentages that a source prints
are rounded to the digits printed, and so are the tolerances.
"""

from __future__ import annotations

import itertools
import math
import re

import pytest

from sordino.library.cite import references
from sordino.library.drugs import drugs
from sordino.library.evidence import (
    claims,
    comparator,
    comparators,
    effects,
    fact,
    instruments,
    pharmacology,
    safety,
    studies,
    study,
)
from sordino.library.evidence.comparators import Relief
from sordino.library.evidence.facts import EffectSource, Fact, Number
from sordino.library.evidence.observations import Contrast, Mean, Responders, Share
from sordino.library.evidence.parts import Row, SideEffect
from sordino.library.evidence.reader import pick, safety_rows
from sordino.library.pd_schema import load_pd_model, pd_model_ids
from sordino.library.reader import load_pk_model, pk_model_ids

ROWS: list[Row] = [
    *studies(),
    *comparators(),
    *(row for rows in safety_rows().values() for row in rows),
    *instruments().instrument,
    *instruments().code,
    *pharmacology().fact,
    *pharmacology().bioavailability,
    *effects(),
]
WITHHELD = {key for s in studies() if s.role == "withheld" for key in s.cites}


def effect(name: str) -> EffectSource:
    return pick("effect", name, effects())


def number(row: EffectSource | Fact, name: str) -> float:
    value = next(n.value for n in row.number if n.name == name)
    assert value is not None
    return value


def named_fact(name: str) -> Fact:
    found = fact(name)
    assert isinstance(found, Fact)
    return found


def rounded(printed: float, exact: float, half_unit: float) -> bool:
    """Whether a printed number is the exact one, rounded to its last digit."""
    return abs(printed - exact) <= half_unit + 1e-9


# --- Sources -----------------------------------------------------------------------------------


def test_names_are_used_once() -> None:
    names = [row.id for row in ROWS]
    assert len(names) == len(set(names))


def test_every_reference_is_used() -> None:
    used = {key for row in ROWS for key in row.cites}
    used |= {key for c in claims() for key in c.cites}
    used |= {key for i in instruments().instrument for b in i.bands for key in b.cites}
    used |= set(instruments().fhir.cites)
    used |= {key for name in pd_model_ids() for key in load_pd_model(name).citations}
    used |= {load_pk_model(name).citation.key for name in pk_model_ids()}
    # The exponential of a rate matrix is computed as the manuscript of Xue and Ye shows.
    assert set(references()) - used == {"xue_ye"}


def test_nothing_but_the_reference_is_known_of_what_is_withheld() -> None:
    assert len(WITHHELD) == 5
    bare = {s.id for s in studies() if s.role == "withheld"}
    assert not [row.id for row in ROWS if row.id not in bare and WITHHELD & set(row.cites)]
    for name in pd_model_ids():
        assert not WITHHELD & set(load_pd_model(name).citations)


def test_identifiers_have_the_form_of_identifiers() -> None:
    for reference in references().values():
        doi, pmid = reference.fields.get("doi"), reference.fields.get("pmid")
        assert doi is None or re.fullmatch(r"10\.\d{4,9}/\S+", doi), reference.key
        assert pmid is None or re.fullmatch(r"\d{7,8}", pmid), reference.key
        assert re.fullmatch(r"(19|20)\d\d", reference.fields.get("year", "2000")), reference.key


def test_one_paper_has_one_entry() -> None:
    for field in ("doi", "pmid"):
        found = [r.fields[field].lower() for r in references().values() if field in r.fields]
        assert len(found) == len(set(found))


def test_claims_name_rows_that_exist() -> None:
    known = {row.id for row in ROWS}
    for claim in claims():
        assert set(claim.studies) <= {s.id for s in studies()}
        assert set(claim.rows) <= known - {s.id for s in studies()}
        assert not set(claim.studies) & {s.id for s in studies() if s.role == "withheld"}


def test_what_is_derived_rests_on_rows_or_models_that_exist() -> None:
    known = {row.id for row in ROWS}
    models = {*pk_model_ids(), "simons_2022_pk_s_ketamine"}
    for row in effects():
        assert set(row.based_on) <= known | models, row.id


# --- Studies -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [s.id for s in studies() if s.role == "calibrate"])
def test_a_study_that_is_fitted_says_what_was_given_and_found(name: str) -> None:
    row = study(name)
    assert row.arm
    assert row.observation or row.findings
    for arm in row.arm:
        complete = any(given.dose or given.rate for given in arm.given)
        assert complete or arm.protocol or arm.unknown or arm.control, arm.name


def test_no_more_people_are_observed_than_took_part() -> None:
    for row in studies():
        for seen in row.observation:
            arm = row.arms.get(seen.arm)
            if arm is not None and arm.n is not None and seen.n is not None:
                assert seen.n <= arm.n, (row.id, seen)


def test_counts_of_the_fibromyalgia_trial_agree_in_all_files() -> None:
    seen = [o for o in study("noppers_2011_fm").observation if isinstance(o, Responders)]
    drug = [o.responders for o in seen if o.arm == "s_ketamine"]
    control = [o.responders for o in seen if o.arm == "midazolam"]
    relief = comparator("ketamine.noppers_2011_fm").relief
    assert drug == [r.drug_count for r in relief]
    assert control == [r.placebo_count for r in relief]
    differences = [n.value for n in effect("fm_direct_anchor").number if "risk" in n.name]
    for printed, a, b in zip(differences, drug, control, strict=True):
        assert printed is not None
        assert rounded(printed, (a - b) / 12, 0.005)


def test_the_ketamine_test_agrees_with_its_own_table() -> None:
    # 10 positive to both, 3 to ketamine only, 2 to dextromethorphan only, of 34.
    both, ketamine_only, other_only, people = 10, 3, 2, 34
    neither = people - both - ketamine_only - other_only
    found = study("cohen_2006_fm").test
    assert found is not None
    assert rounded(found.sensitivity_percent, 100 * both / (both + other_only), 0.5)
    assert rounded(found.specificity_percent, 100 * neither / (neither + ketamine_only), 0.5)
    assert rounded(found.ppv_percent, 100 * both / (both + ketamine_only), 0.5)
    assert rounded(found.npv_percent, 100 * neither / (neither + other_only), 0.6)
    counts = [o.responders for o in study("cohen_2006_fm").observation if isinstance(o, Responders)]
    assert both + ketamine_only in counts
    assert both + other_only in counts


def test_the_network_meta_analysis_agrees_in_two_files() -> None:
    seen = [o for o in study("nma_mcmaster_2024").observation if isinstance(o, Contrast)]
    other = comparator("ketamine.mcmaster_nma_2024").effect
    for a, b in zip(seen, other, strict=True):
        assert (a.value, a.ci_low, a.ci_high) == (b.value, b.ci_low, b.ci_high)
    events = pick("row", "mcmaster_nma_2024", safety().side_effects).effect
    for a, b in zip(study("nma_mcmaster_2024").side_effect, events, strict=True):
        assert (a.rr, a.rr_ci, a.rd_percent) == (b.rr, b.rr_ci, b.rd_percent)


def test_mood_agrees_in_two_files() -> None:
    shares = [o for o in study("meta_han_2016_mdd").observation if isinstance(o, Share)]
    course = effect("antidepressant_time_course").number
    for name in ("response", "remission"):
        seen = [(o.time_h, o.percent) for o in shares if o.outcome == name]
        other = [n for n in course if n.name == f"{name} after one infusion"]
        assert seen == [(_hours(n), n.value) for n in other]
    means = [o for o in study("murrough_2013_rct_trd").observation if isinstance(o, Mean)]
    changes = [n for n in course if n.name.startswith("MADRS change, ")]
    assert [(o.value, o.n) for o in means] == [(n.value, n.n) for n in changes]


def _hours(entry: Number) -> float:
    assert entry.time is not None
    return float(entry.time.removesuffix(" h"))


def test_blood_pressure_agrees_in_all_files() -> None:
    seen = [o for o in study("bp_yale_2342_infusions").observation if isinstance(o, Mean)]
    cohort = pick("row", "yale_ketamine_iv_7y", safety().circulation)
    rises = (cohort.sbp_rise_mmhg, cohort.dbp_rise_mmhg)
    assert [(o.value, o.sd) for o in seen] == [(r.value, r.sd) for r in rises if r is not None]
    other = effect("haemodynamics_0_5_mg_per_kg_40min").number
    of_cohort = [(n.value, n.sd) for n in other if "mean change at 40 min" in n.name]
    assert [(o.value, o.sd) for o in seen] == of_cohort
    first = [o.value for o in study("bp_741_infusions").observation if isinstance(o, Mean)]
    assert first == [n.value for n in other if "largest mean rise" in n.name]


# --- Counts, percentages and ratios ------------------------------------------------------------


@pytest.mark.parametrize(
    ("printed", "count", "n", "half_unit"),
    [
        (study("murrough_2013_six_infusions").observation[1], 17, 24, 0.05),
        (pick("r", "tankha_2025_standard_protocol", safety().side_effects), 890, 1034, 0.05),
    ],
)
def test_a_percentage_is_its_count(printed: object, count: int, n: int, half_unit: float) -> None:
    value = getattr(printed, "percent", None) or getattr(printed, "completed_percent", None)
    assert isinstance(value, float)
    assert rounded(value, 100 * count / n, half_unit)


def test_counts_and_percentages_of_one_row_agree() -> None:
    for row in comparators():
        for entry in (*row.relief, *row.withdrawal):
            for arm in ("drug", "placebo"):
                count, n = getattr(entry, f"{arm}_count"), getattr(entry, f"{arm}_n")
                percent = getattr(entry, f"{arm}_percent")
                if None not in (count, n, percent):
                    assert rounded(percent, 100 * count / n, 0.05), row.id
    for row in safety().long_term:
        if row.affected is not None and row.affected_percent is not None and row.n_exposed:
            assert rounded(row.affected_percent, 100 * row.affected / row.n_exposed, 0.5)
    for row in safety().circulation:
        if row.severe_count is not None and row.severe_percent_patients and row.n_patients:
            share = 100 * row.severe_count / row.n_patients
            assert rounded(row.severe_percent_patients, share, 0.5)


def whole(entry: Relief) -> bool:
    return entry.drug_percent is not None and entry.placebo_percent is not None


def spread(ratio: float, *digits: float) -> float:
    """How far a ratio or difference may be off when its parts were rounded, relatively."""
    return ratio * sum(digits) + 0.06


def test_a_relative_risk_is_drug_over_placebo() -> None:
    checked = 0
    for row in comparators():
        for entry in filter(whole, row.relief):
            drug, placebo = entry.drug_percent or 0.0, entry.placebo_percent or 0.0
            if entry.rr is not None:
                off = spread(drug / placebo, 0.5 / drug, 0.5 / placebo)
                # A meta-analysis weighs its trials: 36 to 11 percent is printed as 2.9.
                assert abs(entry.rr.value - drug / placebo) <= off + 0.25, row.id
                checked += 1
            if entry.odds is not None:
                odds = drug / (100 - drug) / (placebo / (100 - placebo))
                assert abs(entry.odds.value - odds) <= 0.06, row.id
                checked += 1
            if entry.rd is not None:
                assert rounded(entry.rd.value, (drug - placebo) / 100, 0.011), row.id
                checked += 1
    assert checked == 8


def test_a_number_needed_to_treat_is_one_over_the_difference() -> None:
    checked = 0
    for row in comparators():
        for entry in filter(whole, row.relief):
            if entry.nnt is not None:
                difference = (entry.drug_percent or 0.0) - (entry.placebo_percent or 0.0)
                # Weighed over trials, and rounded: within 8 percent.
                assert entry.nnt.value == pytest.approx(100 / difference, rel=0.08), row.id
                checked += 1
        for event in row.side_effect:
            if event.nnh is not None:
                assert event.nnh == pytest.approx(_one_harmed(event), rel=0.15), event
                checked += 1
    assert checked == 16


def _one_harmed(event: SideEffect) -> float:
    assert event.percent is not None
    assert event.control_percent is not None
    return 100 / (event.percent - event.control_percent)


def test_differences_are_those_of_the_two_arms() -> None:
    row = comparator("tramadol_paracetamol.bennett_2003")
    by_arm = {e.arm: e.value for e in row.effect}
    assert by_arm["difference"] == by_arm["drug"] - by_arm["placebo"]
    row = comparator("low_dose_naltrexone_6.final_2024")
    by_arm = {e.arm: e.value for e in row.effect if e.of == "change"}
    assert rounded(by_arm["difference"], by_arm["drug"] - by_arm["placebo"], 0.1)


def test_arms_add_up_to_all() -> None:
    for row in comparators():
        if row.n is not None and row.n_drug is not None and row.n_placebo is not None:
            assert row.n_drug + row.n_placebo == row.n, row.id
    row = comparator("pregabalin.pooled_2_rcts")
    doses = {e.dose: e.n or 0 for e in row.effect if e.dose}
    assert sum(doses.values()) + (row.n_placebo or 0) == row.n


# --- Facts, and what was derived from them -----------------------------------------------------


def test_masses_of_the_salt_and_the_base() -> None:
    base = number(named_fact("mw_ketamine_base"), "value")
    salt = number(named_fact("mw_esketamine_hcl"), "value")
    factor = number(named_fact("salt_factor_base_per_hcl"), "value")
    assert rounded(factor, base / salt, 0.0005)
    # 28 mg of base are 32.3 mg of hydrochloride on the label of the nasal spray.
    assert rounded(factor, 28 / 32.3, 0.0005)
    assert all(drug.salts == {"hydrochloride": factor} for drug in drugs().values())


def test_the_receptor_model_runs_on_the_affinities_of_the_facts() -> None:
    ki = {n.name: n.value for n in named_fact("nmda_ki_ebert_1997").number}
    model = load_pd_model("nmda_block").parameters
    used = {p.value for name, p in model.items() if name.startswith("ki_")}
    assert used == set(ki.values())


def test_ratios_in_the_words_of_a_fact() -> None:
    ki = {n.name: n.value or 0.0 for n in named_fact("nmda_ki_ebert_1997").number}
    assert rounded(4.7, ki["R ketamine"] / ki["S ketamine"], 0.05)
    assert rounded(7.6, ki["R norketamine"] / ki["S norketamine"], 0.05)
    clearance = {n.name: n.value or 0.0 for n in named_fact("clearance_s_vs_r").number}
    assert rounded(clearance["wang 2019"], 18.4 / 15.8, 0.0006)
    assert rounded(clearance["hasan 2021"], 1620 / 1530, 0.0006)


def test_area_ratios_are_the_percent_changes() -> None:
    rows = {row.id: row.auc_ratio or 0.0 for row in safety().interaction}
    oral = number(named_fact("rifampicin_oral"), "value")
    iv = number(named_fact("rifampicin_iv"), "S-ketamine, Peltoniemi 2012")
    assert rows["rifampicin.oral"] == pytest.approx(1 + oral / 100)
    assert rows["rifampicin.iv"] == pytest.approx(1 + iv / 100)
    assert rows["ticlopidine.oral"] == number(named_fact("ticlopidine_oral"), "value")


def test_derived_numbers_follow_from_what_they_rest_on() -> None:
    lost = number(effect("van_velzen_2021_animals"), "fraction effect lost 24 days after chronic")
    half_time = 24 * math.log(2) / math.log(1 / (1 - lost))
    assert rounded(number(effect("van_velzen_2021_half_life"), "t half offset"), half_time, 0.05)
    bowdle = effect("bowdle_1998_linear")
    for end in ("low", "high"):
        top = number(bowdle, f"max score fraction at top step {end}")
        assert number(bowdle, f"slope fraction per ng per mL {end}") == pytest.approx(top / 200)
    olofsen = effect("olofsen_2012_norketamine")
    ketamine = number(olofsen, "VAS effect of ketamine at 100 ng per mL")
    norketamine = number(olofsen, "VAS effect of norketamine at 50 ng per mL")
    assert number(olofsen, "slope ketamine") == pytest.approx(ketamine / 100)
    assert number(olofsen, "slope norketamine") == pytest.approx(norketamine / 50)
    assert number(olofsen, "VAS total") == pytest.approx(ketamine + norketamine)


def test_the_reading_of_the_slow_half_time_adds_up() -> None:
    row = effect("dahan_2011_structure_check")
    week = study("sigtermans_2009_crps").observation
    drug, placebo = (o.value for o in week[:2] if isinstance(o, Mean))
    contrast = number(row, "contrast one week after the course")
    assert contrast == pytest.approx(placebo - drug)
    crps = effect("dahan_2011_crps_slow")
    excess = number(crps, "p response ketamine") - number(crps, "p response placebo")
    assert number(row, "excess of responders over placebo") == pytest.approx(excess)
    for reading in row.reading:
        # The fraction is rounded to two digits, so the maximum is known to that.
        low, high = (contrast / (reading.after_1_week + half) for half in (0.005, -0.005))
        assert low - 0.06 <= reading.maximum_nrs_if_all_respond <= high + 0.06
        assert low / excess - 0.6 <= reading.maximum_nrs_if_excess_responds <= high / excess + 0.6


def test_the_models_run_on_the_numbers_of_the_rows() -> None:
    slow, crps = load_pd_model("slow_lag").parameters, effect("dahan_2011_crps_slow")
    assert slow["half_time_slow"].value == number(crps, "t half onset offset")
    assert slow["c50_slow"].value == number(crps, "C50")
    assert slow["p_slow"].value == number(crps, "p response ketamine")
    rises = load_pd_model("circulation").parameters
    first, second = (
        [o.value for o in study(name).observation if isinstance(o, Mean)]
        for name in ("bp_741_infusions", "bp_yale_2342_infusions")
    )
    for name, a, b in zip(("sbp_rise", "dbp_rise"), first, second, strict=False):
        assert rises[name].value == pytest.approx((a + b) / 2)
    nasal = fact("nasal.label").number[0].value
    assert (
        nasal == number(named_fact("esketamine_label_disposition"), "nasal bioavailability") / 100
    )


# --- Instruments -------------------------------------------------------------------------------


def test_bands_of_whole_scores_leave_no_gap() -> None:
    checked = 0
    for row in instruments().instrument:
        for bands in row.bands:
            ends = [(b.low, b.high) for b in bands.band]
            if bands.of != "score" or any(None in pair for pair in ends) or row.range is None:
                continue
            assert (ends[0][0], ends[-1][1]) == row.range, row.id
            steps = [(low or 0) - (high or 0) for (_, high), (low, _) in itertools.pairwise(ends)]
            assert steps == [1.0] * len(steps), row.id
            checked += 1
    assert checked == 5


def test_the_scale_of_distress_is_pain_areas_and_severity() -> None:
    by_id = {row.id: row for row in instruments().instrument}
    wpi, sss, fs = (by_id[name] for name in ("acr_wpi", "acr_sss", "fs_psd"))
    assert wpi.range is not None
    assert sss.range is not None
    assert fs.range == (0.0, wpi.range[1] + sss.range[1])
    areas = [slot.items for slot in wpi.slot if slot.name != "not_counted_for_generalized_pain"]
    assert sum(map(len, areas)) == wpi.range[1]
    tops = [(slot.range or (0, 0))[1] * len(slot.items) for slot in sss.slot]
    assert sum(tops) == sss.range[1]
