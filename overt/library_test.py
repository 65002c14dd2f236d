"""`overt library test`: runs the examples that libraries bring, and says what came out otherwise."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine.library.selftest import Failure, SelfTest, self_test
from overt.exits import BAD_INPUT, DONE, FINDINGS
from overt.library_files import Loaded
from overt.library_shell import Page, many

FORMAT = "overt-library-test-1"


@dataclass(frozen=True, slots=True)
class Tested:
    """One library with what came of its examples."""

    version: str
    has_terms: bool
    result: SelfTest

    @property
    def untested(self) -> bool:
        """It has terms and no example: nothing is proven."""
        return self.has_terms and not self.result.examples


def run(loaded: Loaded) -> list[Tested]:
    """Run the examples of the libraries that were asked for. Raises SetError, BackEndError."""
    return [
        Tested(library.version, bool(library.terms), self_test(library, together=loaded.libraries))
        for library in loaded.libraries
        if library.library_id in loaded.asked
    ]


def exit_code(tested: Sequence[Tested]) -> int:
    """A run that examined nothing is a mistake of the caller, not a success."""
    if any(one.result.failures or one.untested for one in tested):
        return FINDINGS
    return DONE if sum(one.result.examples for one in tested) else BAD_INPUT


def show(page: Page, tested: Sequence[Tested]) -> None:
    """Print a line a library, then each example that fails, then the sum."""
    page.table([_row(one) for one in tested])
    for one in tested:
        for failure in one.result.failures:
            page.line("")
            _show_failure(page, failure)
    failures = sum(len(one.result.failures) for one in tested)
    examples = sum(one.result.examples for one in tested)
    if len(tested) > 1 or failures:
        page.line("")
        said = f"{many(failures, 'example')} of {examples:,} did not come out as written."
        page.line((said if failures else f"All {many(examples, 'example')} came out as written.", "bold"))
    if not examples:
        page.line("Nothing was tested: give each term `hit` and `miss` examples.")


def as_json(tested: Sequence[Tested]) -> dict[str, Any]:
    """Return the same for a program."""
    return {
        "format": FORMAT,
        "libraries": [
            {
                "library": one.result.library_id,
                "version": one.version,
                "examples": one.result.examples,
                "untested": one.untested,
                "failures": [_failure_values(failure) for failure in one.result.failures],
            }
            for one in tested
        ],
        "examples": sum(one.result.examples for one in tested),
        "failures": sum(len(one.result.failures) for one in tested),
        "exit": exit_code(tested),
    }


def _row(one: Tested) -> tuple[str, str, str, str]:
    failures = len(one.result.failures)
    if not one.has_terms and not one.result.examples:
        said = "word sets only, nothing to test"
    elif one.untested:
        said = "NOT TESTED: it has no examples"
    else:
        said = f"{failures} FAIL" if failures else "all as written"
    return one.result.library_id, one.version, many(one.result.examples, "example"), said


def _show_failure(page: Page, failure: Failure) -> None:
    page.line((f"{failure.place}", "bold"), f"  {_name(failure)}")
    page.line("    ", (f"“{failure.text}”", "cyan"))
    page.line(f"    expected: {failure.expected}")
    page.line("    happened: ", (failure.happened, "yellow"))


def _name(failure: Failure) -> str:
    return f"{failure.kind} of {failure.term_id}" if failure.term_id else "example of the whole library"


def _failure_values(failure: Failure) -> dict[str, Any]:
    return {
        "file": failure.place.origin,
        "line": failure.place.line,
        "column": failure.place.column,
        "kind": failure.kind,
        "term_id": failure.term_id,
        "text": failure.text,
        "expected": failure.expected,
        "happened": failure.happened,
    }
