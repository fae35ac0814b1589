"""Prints the guards, the seconds each folder of tests took, what failed, and the closing line, from dotnet test's trx file."""
import collections
import sys
import xml.etree.ElementTree as xml

NS = {"t": "http://microsoft.com/schemas/VisualStudio/TeamTest/2010"}

# What these say is read by people: each guard with what notices that it is missing.
PRINTED = ("FleetChat.Tests.Guards.", "FleetChat.Tests.Data.TenantPredicateTests.")


def seconds(duration: str) -> float:
    hours, minutes, rest = duration.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(rest)


def main(path: str) -> int:
    root = xml.parse(path).getroot()
    suites: dict[str, list[float]] = collections.defaultdict(lambda: [0, 0.0])
    outcomes: collections.Counter[str] = collections.Counter()
    for result in root.iterfind(".//t:UnitTestResult", NS):
        suite = result.get("testName", "").removeprefix("FleetChat.Tests.").split(".")[0]
        suites[suite][0] += 1
        suites[suite][1] += seconds(result.get("duration", "0:0:0"))
        outcomes[result.get("outcome", "")] += 1
        if result.get("outcome") == "NotExecuted":
            message = result.find(".//t:Message", NS)
            print(f"skipped: {result.get('testName')}: {message.text if message is not None else ''}")
    for result in sorted(root.iterfind(".//t:UnitTestResult", NS), key=lambda r: r.get("testName", "")):
        said = result.find(".//t:StdOut", NS)
        if said is not None and said.text and result.get("testName", "").startswith(PRINTED):
            print(said.text.rstrip())
    for suite, (count, took) in sorted(suites.items(), key=lambda s: -s[1][1]):
        print(f"{took:8.1f} s  {count:4d} tests  {suite}")
    for result in root.iterfind(".//t:UnitTestResult[@outcome='Failed']", NS):
        message = result.find(".//t:Message", NS)
        print(f"failed: {result.get('testName')}: {(message.text or '').strip()[:2000] if message is not None else ''}")
    passed, skipped = outcomes["Passed"], outcomes["NotExecuted"]
    failed = sum(outcomes.values()) - passed - skipped
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not passed else 0


sys.exit(main(sys.argv[1]))
