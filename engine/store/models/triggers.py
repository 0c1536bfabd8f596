"""What triggers remember between two firings."""

from sqlmodel import Field, SQLModel


class TriggerState(SQLModel, table=True):
    """What a trigger remembers between firings (`ctx.state` of its piece)."""

    __tablename__ = "trigger_states"
    flow_id: str = Field(primary_key=True)
    trigger: str = Field(primary_key=True)
    project_id: str
    state: str = "{}"  # JSON
    fired: str | None = None  # when it was saved last


class ArmedTrigger(SQLModel, table=True):
    """How a trigger stands with the engine and with its service. The row outlives the flow until the
    service was told of the end."""

    __tablename__ = "armed_triggers"
    flow_id: str = Field(primary_key=True)
    trigger: str = Field(primary_key=True)
    project_id: str
    definition: str = ""  # JSON: the trigger as it was armed last, as in the flow file
    armed: bool = False  # on_enable went well, and on_disable has not been called since
    error: str | None = None  # why it did not fire, or could not be armed or disarmed
