"""Planted: accounts and cards in wrong hands, money that came back."""

from __future__ import annotations

from datetime import timedelta

from ledger.intake.sampling.planting.ground import Home, Plot, day, last_day_before, paid
from ledger.values.month import Month

_BANK = "贵州省农村信用社"


def one_account(plot: Plot) -> None:
    """5: two cases, or a case and a relief, with one account; also where it is a re-issue's."""
    first = plot.home()
    second = plot.neighbour.home(account=first.account)
    plot.named("shared_account", first)
    plot.named("shared_account", second)
    plot.named("account_holder_differs", second)  # it is in the name of the first one's head
    third, relief = plot.home(), f"R{plot.division}9{plot.ground.number():05d}"
    plot.tell(
        paid(plot.month(0)), "relief", relief=relief, person=plot.stranger(), kind="urgent", cause="火灾",
        amount="800.00", level="township", decided_on=day(plot.month(0), 10), account=third.account,
    )  # fmt: skip
    plot.named("shared_account", third)
    plot.named("shared_account", relief)
    sent_again, owner = plot.home(), plot.home()
    plot.send_back(sent_again.case, plot.month(0), day(plot.month(0), 12))
    plot.of(sent_again, day(plot.month(0), 14), "account", account=owner.account | _in_name_of(sent_again))
    plot.send_again(sent_again.case, plot.month(0), day(plot.month(0), 16))
    plot.named("shared_account", sent_again)
    plot.named("shared_account", owner)
    imported, owner, unsaid = plot.home(), plot.home(), plot.home()
    on = day(plot.month(-1), 26)
    for home, account in ((imported, owner.account | _in_name_of(imported)), (unsaid, None)):
        plot.of(home, on, "payout_imported", month=plot.month(0), amount="50.00", on=on, account=account)
    plot.named("shared_account", imported)
    plot.named("shared_account", owner)
    plot.clean("shared_account", unsaid)


def one_account_rightly(plot: Plot) -> None:
    """None of 5: a person in common, an institution's or a carer's account, or no money sent to it."""
    query = "shared_account"
    before = plot.home(2)
    moved = before.members[1]
    plot.of(
        before, paid(plot.month(0)), "leave", person=moved.person, date=day(plot.month(0), 10), reason="moved_out"
    )
    after = plot.home(
        account=before.account | {"holder": moved.name}, told={0: moved.fact()}, head=moved.person,
        confirmed_on=day(plot.month(0), 20), known_on=day(plot.month(0), 25),
    )  # fmt: skip
    shared = plot.card(plot.ground.number(), "敬老院")
    in_institution = [plot.tekun(institution="敬老院", account=shared) for _ in range(2)]
    carers = plot.card(plot.ground.number(), "护理站")
    cared_for = [plot.tekun(tier="full", care={"carer_account": carers}) for _ in range(2)]
    owner, too_late = plot.home(), plot.home()
    plot.of(too_late, paid(plot.last), "account", account=owner.account | _in_name_of(too_late))
    for home in (before, after, *in_institution, *cared_for, owner, too_late):
        plot.clean(query, home)
        plot.clean("account_holder_differs", home)


def _in_name_of(home: Home) -> dict[str, str]:
    return {"holder": home.head.name}


def strange_holder(plot: Plot) -> None:
    """6: an account, or an import's, in a stranger's name; past members', former names and spaces are right."""
    query, stranger = "account_holder_differs", {"holder": "赵外人"}
    plot.named(query, plot.home(account=plot.card(plot.ground.number(), "赵外人")))
    imported = plot.home()
    account = plot.card(plot.ground.number(), "") | stranger
    on = day(plot.month(-1), 26)
    plot.of(imported, on, "payout_imported", month=plot.month(0), amount="50.00", on=on, account=account)
    plot.named(query, imported)
    corrected = plot.home()
    said = plot.of(
        corrected, plot.known_first, "account", account=plot.card(plot.ground.number(), "赵外人")
    )  # fmt: skip
    plot.void(corrected, paid(plot.month(0)), said)
    plot.named(query, corrected)
    of_past_member = plot.home(2)
    left = of_past_member.members[1]
    plot.of(
        of_past_member, day(plot.month(0), 25), "leave", person=left.person, date=day(plot.month(0), 20),
        reason="marriage",
    )  # fmt: skip
    plot.of(
        of_past_member, day(plot.month(0), 25), "account",
        account=plot.card(plot.ground.number(), left.name),
    )  # fmt: skip
    spaced = plot.home()
    name = spaced.head.name
    account = plot.card(plot.ground.number(), f"{name[0]} {name[1:]}")
    plot.of(spaced, plot.known_first, "account", account=account)
    spaced_out = plot.home(told={0: {"name": "王 玉珍"}}, account=plot.card(plot.ground.number(), "王玉珍"))
    renamed = plot.home()
    plot.tell(paid(plot.month(1)), "correct", person=renamed.head.person, name=f"{renamed.head.name[0]}更名")
    unnamed = plot.home(told={0: {"name": None}}, account=plot.card(plot.ground.number(), "赵外人"))
    for home in (of_past_member, spaced, spaced_out, renamed, unnamed):
        plot.clean(query, home)


def came_back(plot: Plot) -> None:
    """27: returned more than 30 days ago and left so; sent again, cancelled or 30 days ago it is none."""
    query, ground = "return_unresolved", plot.ground
    planted = ((31, True), (30, False))
    for days, named in planted:
        home = plot.home()
        plot.send_back(home.case, plot.last - 1, ground.audited_on - timedelta(days=days))
        (plot.named if named else plot.clean)(query, home, plot.last - 1)
    relief = f"R{plot.division}9{ground.number():05d}"
    plot.tell(
        paid(plot.month(1)), "relief", relief=relief, person=plot.stranger(), kind="urgent", cause="水灾",
        amount="900.00", level="township", decided_on=day(plot.month(1), 10),
        account=plot.card(ground.number(), "灾民"),
    )  # fmt: skip
    plot.send_back(relief, plot.month(2), day(plot.month(2), 12))
    plot.named(query, relief, plot.month(2))
    again, cancelled = plot.home(), plot.home()
    for home in (again, cancelled):
        plot.send_back(home.case, plot.month(0), day(plot.month(0), 12))
        plot.clean(query, home)
    plot.send_again(again.case, plot.month(0), day(plot.month(0), 16))
    plot.clean("reissued_twice", again)
    plot.clean("paid_late", again)
    plot.of(
        cancelled, day(plot.month(0), 14), "payout_cancelled", month=plot.month(0), on=day(plot.month(0), 13),
        reason="账号错误",
    )  # fmt: skip
    plot.clean("paid_differs_from_due", cancelled)
    found_again = plot.home()
    plot.send_back(found_again.case, plot.month(0), day(plot.month(0), 12))
    said = plot.of(
        found_again, day(plot.month(0), 14), "payout_cancelled", month=plot.month(0), on=day(plot.month(0), 13),
        reason="账号错误",
    )  # fmt: skip
    plot.void(found_again, day(plot.month(0), 15), said)
    plot.named(query, found_again, plot.month(0))


def sent_twice(plot: Plot) -> None:
    """28: sent again twice; sent again once and back once more it is 27 alone."""
    twice, once = plot.home(), plot.home()
    for home in (twice, once):
        plot.send_back(home.case, plot.month(0), day(plot.month(0), 12))
        plot.send_again(home.case, plot.month(0), day(plot.month(0), 16))
        plot.send_back(home.case, plot.month(0), day(plot.month(0), 18))
    plot.send_again(twice.case, plot.month(0), day(plot.month(0), 22))
    plot.named("reissued_twice", twice, plot.month(0))
    plot.clean("return_unresolved", twice)
    plot.named("return_unresolved", once, plot.month(0))
    plot.clean("reissued_twice", once)


def card_in_other_hands(plot: Plot) -> None:
    """37: an outsider held the card; filed within the month, given back before it or a member's it is none."""
    query = "agent_held_card"
    since = day(plot.month(0), 5)
    for filed_on, months in (
        (None, plot.from_on(0)),
        (day(plot.month(1), 3), [plot.month(0)]),
        (plot.month(0).last_day, []),
    ):
        home = plot.home()
        plot.of(
            home, paid(plot.month(1)), "card_held", holder=plot.stranger(), from_=since, filed_on=filed_on
        )  # fmt: skip
        (plot.named if months else plot.clean)(query, home, *months)
    given_back, own = plot.home(), plot.home(2)
    first: Month = plot.month(0)
    plot.of(
        given_back, plot.known_first, "card_held", holder=plot.stranger(), from_=day(plot.month(-1), 1),
        to=last_day_before(first),
    )  # fmt: skip
    plot.of(own, paid(first), "card_held", holder=own.members[1].person, from_=since)
    under_another_code = plot.neighbour.home(like=own.head)
    for home in (own, under_another_code):
        Plot(plot.ground, home.division).named("person_in_two_cases", home.head.person)
    plot.of(under_another_code, paid(first), "card_held", holder=own.head.person, from_=since)
    for home in (given_back, own, under_another_code):
        plot.clean(query, home)


RECIPES = (
    one_account,
    one_account_rightly,
    strange_holder,
    came_back,
    sent_twice,
    card_in_other_hands,
)
