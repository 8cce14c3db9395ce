"""What the pages say of the course, of papers, and of each other."""

import re

import pytest
import yaml
from pybtex.database import parse_file

from autograder.rooms import BOOK, ROOT, pages

PARTS = [
    "Before you start",
    "Activation maximization",
    "Decomposition",
    "Gradient-based methods",
    "Class activation maps",
    "Quality of explanations",
    "Look up",
]
TECHNIQUES = {
    "activation_maximization": "Activation maximization:",
    "am_with_expert": "with an expert",
    "am_in_code_space": "in the code space",
    "sensitivity_analysis": "Sensitivity analysis",
    "simple_taylor_decomposition": "Simple Taylor decomposition",
    "lrp": "Layer-wise relevance propagation",
    "deep_taylor_decomposition": "Deep Taylor decomposition",
    "deeplift": "DeepLIFT",
    "deconvolution": "Deconvolution",
    "backpropagation": "Backpropagation",
    "guided_backpropagation": "Guided backpropagation",
    "integrated_gradients": "Integrated gradients",
    "smoothgrad": "SmoothGrad",
    "cam": "- CAM",
    "grad_cam": "- Grad-CAM:",
    "grad_cam_pp": "- Grad-CAM++",
    "explanation_continuity": "Explanation continuity",
    "explanation_selectivity": "Explanation selectivity",
}
NEEDED = {
    "book": {"publisher"},
    "article": {"journal", "volume"},
    "techreport": {"institution"},
    "incollection": {"booktitle", "publisher"},
    "inproceedings": {"booktitle"},
    "misc": {"howpublished"},
}
CITATION = re.compile(r"\{cite:[a-z]\}`([^`]+)`")


def texts() -> dict[str, str]:
    return {path.stem: path.read_text("utf-8") for path in BOOK.glob("*.md")}


def cited() -> set[str]:
    return {key.strip() for text in texts().values() for keys in CITATION.findall(text) for key in keys.split(",")}


def bibliography() -> dict:
    return dict(parse_file(str(BOOK / "references.bib")).entries)


def test_every_page_is_in_the_table_of_contents():
    assert set(texts()) == set(pages())


def test_parts_come_in_the_order_of_the_course():
    captions = [part["caption"] for part in yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))["parts"]]
    assert captions == [part for part in PARTS if part in captions]


def test_techniques_come_in_the_order_of_the_course():
    listed = [page for page in pages() if page in TECHNIQUES]
    assert listed == [stem for stem in TECHNIQUES if stem in listed]


def test_the_front_page_names_all_techniques_in_order():
    front = texts()["index"]
    places = [max(front.find(f"{{doc}}`{stem}`"), front.find(name)) for stem, name in TECHNIQUES.items()]
    assert -1 not in places
    assert places == sorted(places)


@pytest.mark.parametrize("stem", TECHNIQUES)
def test_the_front_page_links_what_is_ready_and_nothing_else(stem):
    assert (f"{{doc}}`{stem}`" in texts()["index"]) == (stem in pages())


def test_citations_and_bibliography_agree():
    assert cited() == set(bibliography()), "a paper is cited but not listed, or listed but not cited"


@pytest.mark.parametrize("key", sorted(bibliography()))
def test_a_paper_can_be_found(key):
    entry = bibliography()[key]
    fields = {name.lower() for name in entry.fields}
    assert {"title", "year"} | NEEDED[entry.type] <= fields
    assert fields & {"doi", "url"} or entry.type in ("book", "techreport")
    assert fields & {"pages", "doi"} or entry.type != "article", "say where in the journal it is"
    assert entry.persons["author"]
    assert key.endswith(entry.fields["year"]), "a key is an author and a year"
    family = entry.persons["author"][0].last_names[0].lower().replace("{\\'u}", "u")
    assert family[:4] == key.removesuffix(entry.fields["year"])[:4]


def test_commands_that_a_page_names_exist():
    for page, text in texts().items():
        for name in re.findall(r"python -m autograder ([a-z]+)", text):
            assert (ROOT / "autograder" / "commands" / f"{name}.py").is_file(), f"{page} names {name}"


def test_a_page_makes_no_request_to_another_host():
    """Links may lead out; images, scripts and styles may not."""
    for page, text in texts().items():
        assert not re.search(r"!\[[^]]*\]\(https?:|<(?:img|script|link|iframe)\b", text), page
