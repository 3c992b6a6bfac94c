import pytest

from gram_es.training.plan import Plan


@pytest.mark.parametrize(("judged", "learns"), [(0, False), (999, False), (1_000, True)])
def test_the_encoder_learns_from_many_judged_queries_only(judged: int, learns: bool):
    assert Plan.of(judged=judged).learns == learns


def test_steps_grow_with_the_judged_queries_up_to_a_limit():
    small, large, largest = (Plan.of(judged=n) for n in (2_400, 4_800, 1_000_000))

    assert (small.scorer_steps, small.hard_steps) == (100, 160)
    assert (large.scorer_steps, large.hard_steps) == (200, 320)
    assert (largest.scorer_steps, largest.hard_steps) == (400, 700)


def test_a_scaled_plan_keeps_at_least_one_step_where_there_were_some():
    plan = Plan(scorer_steps=100, hard_steps=0).scaled(0.001)

    assert (plan.scorer_steps, plan.hard_steps) == (1, 0)
