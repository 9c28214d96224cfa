"""Rule sets run inside the process, and never pass what they did not read."""

from pathlib import Path

import pytest

from encaisse.adapters.schematron import failed_asserts

RULES = """<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" version="3.0"
    xmlns:svrl="http://purl.oclc.org/dsdl/svrl">
  <xsl:template match="/">
    <svrl:schematron-output>
      <svrl:active-pattern/>
      <xsl:if test="not(order/total = sum(order/line))">
        <svrl:failed-assert{attributes} location="/order">
          <svrl:text>[SUM-1]-The total is
            the sum of the lines.</svrl:text>
        </svrl:failed-assert>
      </xsl:if>
    </svrl:schematron-output>
  </xsl:template>
</xsl:stylesheet>"""
RIGHT = b"<order><line>1</line><line>2</line><total>3</total></order>"
WRONG = RIGHT.replace(b"<total>3", b"<total>4")


def rule_set(folder: Path, text: str) -> Path:
    path = folder / "rules.xslt"
    path.write_text(text, "utf-8")
    return path


def test_a_failed_rule_is_told_with_its_flag(tmp_path):
    rules = rule_set(tmp_path, RULES.replace("{attributes}", ' id="SUM" flag="warning"'))

    assert failed_asserts(RIGHT, rules) == ()
    assert failed_asserts(WRONG, rules) == (
        ("SUM", "warning", "/order", "[SUM-1]-The total is the sum of the lines."),
    )


def test_a_rule_without_flag_is_fatal_and_named_by_its_text(tmp_path):
    (failed,) = failed_asserts(WRONG, rule_set(tmp_path, RULES.replace("{attributes}", "")))

    assert (failed.id, failed.flag) == ("SUM-1", "fatal")


def test_a_rule_set_that_examines_nothing_does_not_pass(tmp_path):
    rules = rule_set(tmp_path, RULES.replace("{attributes}", "").replace("<svrl:active-pattern/>", ""))

    with pytest.raises(ValueError, match="examined nothing"):
        failed_asserts(RIGHT, rules)
