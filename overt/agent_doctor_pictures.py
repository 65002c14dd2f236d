"""Tries what the agent needs for pictures: the sets and the models that the authority names, and the face model."""

from agent.errors import AgentError
from agent.state import StateFolder


def examine(state: StateFolder) -> str:
    """Return in words what will be done with pictures; raises AgentError where something named is missing."""
    from engine.errors import EngineError  # noqa: PLC0415  (the doctor starts without any of these)
    from evidence.authority import read_authority  # noqa: PLC0415
    from evidence.errors import AuthorityError  # noqa: PLC0415
    from overt import agent_pictures, picture_models  # noqa: PLC0415

    key = bytes.fromhex(state.enrolment().issuer_key)
    try:
        authority = read_authority(state.authority_file.read_bytes(), issuer_key=key)
        found = agent_pictures.find(state.root, authority)
        found.check()
    except (FileNotFoundError, AuthorityError):
        raise AgentError("not known before there is an authority", hint="See above.") from None
    except EngineError as problem:
        raise AgentError(str(problem), hint=f"Sets belong in {state.root / agent_pictures.SETS}.") from None
    if not found.permitted:
        return "not watched: the authority does not permit it"
    if found.prefilters and picture_models.face_model() is None:
        raise AgentError(
            "the face model is not installed: portraits will be taken for skin", hint=picture_models.FACE_REMEDY
        )
    sets = ", ".join(one.about.set_id for one in found.sets) or "no set of hashes on this device"
    weighed = ", ".join(f"{one.id} from {one.percent} %" for one in found.prefilters) or "no prefilter"
    return f"watched: {sets}; {weighed}; hashes {'sealed' if found.hashes else 'not sealed'} for review"
