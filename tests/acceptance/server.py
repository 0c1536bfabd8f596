"""The real server, for a test that kills it: the settings come from the environment."""

import uvicorn

from engine.settings import Settings
from ui.app import make_app

if __name__ == "__main__":
    settings = Settings.from_env()
    uvicorn.run(
        make_app(settings), host=settings.host, port=settings.port, log_level="error", access_log=False
    )
