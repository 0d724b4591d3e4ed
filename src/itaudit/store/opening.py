"""A store that opens while the scan already looks around: probes mostly wait, and SQLAlchemy takes longer to import than they."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from itaudit.evidence.questions import Answer, Question, StoreAnswers
from itaudit.store.database import is_up_to_date

if TYPE_CHECKING:
    from itaudit.store.history import Store


class OpeningStore:
    """Raises UserError at once where the file cannot be used; only one that is up to date is left for later."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._host = ""
        self._opened: Future[Store] = Future()
        self._begun = not is_up_to_date(folder)
        if self._begun:
            self._open()
            self._opened.result()

    def begin(self) -> None:
        """Begin to open it, once. Not sooner than all questions are under way: what it imports would hold them up."""
        if not self._begun:
            self._begun = True
            threading.Thread(target=self._open, daemon=True, name="store").start()

    def answer(self, host: str, now: datetime) -> StoreAnswers:
        """As Store.answer. Whoever asks before it is open waits until somebody begins, and it is."""
        self._host = host

        def answer(question: Question) -> Answer:
            return self._opened.result().answer(host, now)(question)

        return answer

    @property
    def store(self) -> Store:
        """The open store. Raises what opening it raised."""
        self.begin()
        return self._opened.result()

    def _open(self) -> None:
        try:
            from itaudit.store.history import Store

            store = Store(self.folder)
        except BaseException as error:  # noqa: BLE001 - raised again where the store is needed
            self._opened.set_exception(error)
        else:
            self._opened.set_result(store)
            if self._host:
                store.read_ahead(self._host)
