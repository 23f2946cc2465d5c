"""What a day's log holds: what was asked for and how it went, and nothing that names anybody."""

from dataclasses import replace

from gamification.programme.values import Programme
from gamification.staff.rules import Role
from tests.api.log_capture import captured_logs, lines_of
from tests.journeys.server import OPERATIONS, serving
from tests.journeys.story import (
    allow_pushes,
    enrol,
    get,
    home,
    look_up,
    post,
    purchase,
    pushing,
    run,
    scan,
    wait_until,
)
from tests.notifications.nudging import NEAR_COFFEE
from tests.second_manager import LIMIT, two_managers
from tests.world import World

NAME, EMAIL, PHONE = "Olimpia Wyjątkowa", "olimpia@example.org", "olimpias-phone"
REASON, RECEIPT, PRODUCT = "lost it in the lake", "R-777-S", "Tort urodzinowy"
WHY = "waited in the rain"


def test_a_run_writes_no_name_token_code_or_address(world: World, market: Programme) -> None:
    kinds = {**world.programme.kinds, "review": market.kinds["review"]}
    world.programme = replace(two_managers(world).programme, kinds=kinds)
    with captured_logs() as out, serving(world) as server, pushing(server) as phones:
        key = server.staff_key()
        member = enrol(server, "ola", displayName=NAME, email=EMAIL)["member"]
        allow_pushes(server, "ola", address=PHONE)
        screen = home(server, "ola")
        code = screen["card"]["code"]["text"]
        path, _, query = screen["card"]["imageUrl"].removeprefix("http://127.0.0.1").partition("?")
        assert get(f"{server.url}{path}?{query}").status_code == 200
        visit = scan(server, code, token=key)["visit"]["id"]
        line = {"name": PRODUCT, "category": "pastry", "quantity": 1, "amount": NEAR_COFFEE}
        purchase(server, {"visitId": visit}, total=NEAR_COFFEE, lines=[line], receipt=RECEIPT)
        look_up(server, member["number"], reason=REASON)
        given = {"target": {"memberNumber": member["number"]}, "points": LIMIT + 1, "reason": WHY}
        manager = server.token(Role.MANAGER)
        proposed = run(server, "Adjust", {"input": {**given, "idempotencyKey": "k"}}, token=manager)
        assert run(server, "Waiting", token=manager)["staff"]["adjustments"][0]["reason"] == WHY
        told = [{"name": name, "value": {"text": PRODUCT}} for name in ("product", "text")]
        told.append({"name": "rating", "value": {"whole": 5}})
        said = {"kind": "review", "attributes": told, "idempotencyKey": "k"}
        claimed = run(server, "Claim", {"input": said}, token=server.token(subject="ola"))
        assert (proposed["__typename"], claimed["__typename"]) == (
            "AdjustmentProposed",
            "ActivityClaimed",
        )
        wait_until(lambda: phones.received and world.rows("SELECT state FROM nudge") == ["sent"])
        # What goes wrong is where logs tell too much: a broken row, and a forged token.
        world.write(lambda c: c.driver.execute("UPDATE nudge SET params = '{}'"))
        home_text = (OPERATIONS / "Home.graphql").read_text(encoding="utf-8")
        token = server.token(subject="ola")
        broken = post(server, home_text, token=token)
        assert broken.json()["errors"][0]["message"] == "Internal error"
        assert post(server, home_text, token=f"{token}x").status_code == 401
        get(f"{server.url}/{NAME}/{EMAIL}?{code}")
    written = out.getvalue()
    signature = query.partition("signature=")[2]
    number = member["number"].replace(" ", "")
    for secret in (
        NAME, "Olimpia", EMAIL, PHONE, REASON, WHY, RECEIPT, PRODUCT, key, token, code, code[4:40],
        signature, path, member["number"], number,
    ):  # fmt: skip
        assert secret not in written
    events = [line["event"] for line in lines_of(out)]
    assert {"started", "stopped", "request", "graphql_field_failed"} <= set(events)
    (failed,) = [line for line in lines_of(out) if line["event"] == "graphql_field_failed"]
    assert failed["log_id"] == broken.json()["errors"][0]["extensions"]["logId"]
