import pytest

from gram_es.training.plan import Plan


@pytest.mark.parametrize(
    ("judged", "encoder_learns"), [(0, "never"), (999, "never"), (1_000, "until joint")]
)
def test_a_pretrained_encoder_learns_from_many_judged_queries_only(
    judged: int, encoder_learns: str
):
    plan = Plan.of("base", products=2_500, judged=judged)

    assert plan.encoder_learns == encoder_learns
    assert (plan.scorer_steps > 0) == (encoder_learns != "never")


def test_steps_grow_with_the_square_root_of_the_catalogue():
    small, large = (Plan.of("tiny", products=n, judged=0) for n in (2_500, 10_000))

    assert large.joint_steps == 2 * small.joint_steps
    assert large.preference_steps == small.preference_steps


def test_an_encoder_that_never_learns_has_no_scorer_steps():
    with pytest.raises(ValueError, match="the encoder never learns, but the scorer has 110 steps"):
        Plan(encoder_learns="never")
