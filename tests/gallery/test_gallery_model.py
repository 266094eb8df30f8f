"""A store behaves like a few dictionaries, whatever is done to it and however often it reopens."""

import tempfile
from datetime import timedelta
from pathlib import Path

from gallery_site import KEY, NOW, amend, make_lead, make_reference, new_gallery, same
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from recognizance.errors import ConflictError
from recognizance.gallery import Counts, SqliteGallery

SUBJECTS = st.sampled_from(["s-1", "s-2", "s-3"])
GALLERIES = st.sampled_from(["a", "b"])


class GalleryModel(RuleBasedStateMachine):
    """Does everything twice: in the store, and in dictionaries."""

    @initialize()
    def create(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "gallery.db"
        with new_gallery(Path(self.folder.name), "a", "b"):
            pass
        self.store = SqliteGallery.open(self.path, KEY)
        self.references = {}
        self.crops = {}
        self.intents = {}
        self.leads = {}
        self.last_generation = {"a": 0, "b": 0}

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            self.folder.cleanup()

    @rule(
        whom=st.lists(st.tuples(SUBJECTS, GALLERIES, st.integers(0, 3)), min_size=1, max_size=4),
        days=st.integers(1, 5),
        intent=st.sampled_from(["uses/1", "uses/2"]),
        with_crop=st.booleans(),
    )
    def add(self, whom, days, intent, with_crop) -> None:
        new = [
            make_reference(
                subject_id,
                gallery_id=gallery_id,
                sample_digest=f"{photograph:064x}",
                expires_at=NOW + timedelta(days=days),
            )
            for subject_id, gallery_id, photograph in whom
        ]
        crops = {each.reference_id: each.reference_id.encode() for each in new if with_crop}
        taken = [(r.subject_id, r.gallery_id, r.sample_digest) for r in self.references.values()]
        taken += [(r.subject_id, r.gallery_id, r.sample_digest) for r in new]
        try:
            self.store.add(new, crops, intent=intent)
        except ConflictError:
            assert len(taken) > len(set(taken))
        else:
            assert len(taken) == len(set(taken))
            self.references |= {each.reference_id: each for each in new}
            self.intents |= {each.reference_id: intent for each in new}
            self.crops |= crops

    def _forget(self, reference_ids) -> None:
        for reference_id in list(reference_ids):
            del self.references[reference_id], self.intents[reference_id]
            self.crops.pop(reference_id, None)

    @rule(subject_id=SUBJECTS)
    def erase(self, subject_id) -> None:
        erased = self.store.erase_subject(subject_id, amend=amend)
        of_subject = [i for i, r in self.references.items() if r.subject_id == subject_id]
        naming = [lead for lead in self.leads.values() if subject_id in lead]
        assert (erased.references, erased.leads) == (len(of_subject), len(naming))
        self._forget(of_subject)
        for lead in naming:
            lead.discard(subject_id)
        # A lead about nobody else goes with the person, its picture too.
        self.leads = {lead_id: whom for lead_id, whom in self.leads.items() if whom}

    @rule(data=st.data())
    def destroy(self, data) -> None:
        some = (
            data.draw(st.sets(st.sampled_from(sorted(self.references))))
            if self.references
            else set()
        )
        assert self.store.destroy(some | {"unknown"}) == len(some)
        self._forget(some)

    @rule(days=st.integers(0, 5))
    def expire(self, days) -> None:
        now = NOW + timedelta(days=days)
        over = {i for i, r in self.references.items() if r.expires_at <= now}
        assert {each.reference_id for each in self.store.expired(now)} == over
        self.store.destroy(over)
        self._forget(over)

    @rule(intent=st.sampled_from(["uses/1", "uses/2"]))
    def roll_back(self, intent) -> None:
        came = [i for i, its in self.intents.items() if its == intent]
        assert self.store.has_intent(intent) == bool(came)
        assert self.store.remove_intent(intent) == len(came)
        self._forget(came)

    @rule(subject_ids=st.sets(SUBJECTS, min_size=1))
    def put_lead(self, subject_ids) -> None:
        lead = make_lead(*subject_ids, gallery_id="a")
        self.store.put_lead(lead)
        self.leads[lead.lead_id] = set(subject_ids)

    @rule(data=st.data())
    def destroy_lead(self, data) -> None:
        if self.leads:
            lead_id = data.draw(st.sampled_from(sorted(self.leads)))
            self.store.destroy_lead(lead_id)
            del self.leads[lead_id]

    @rule()
    def reopen(self) -> None:
        self.store.close()
        self.store = SqliteGallery.open(self.path, KEY)

    @invariant()
    def the_store_is_the_model(self) -> None:
        for gallery_id in ("a", "b"):
            expected = [r for r in self.references.values() if r.gallery_id == gallery_id]
            kept = self.store.references(gallery_id)
            assert len(kept) == len(expected)
            assert all(same(*pair) for pair in zip(kept, expected, strict=True))
            subjects = {each.subject_id for each in expected}
            assert self.store.subjects(gallery_id) == tuple(sorted(subjects))
            assert self.store.counts(gallery_id) == Counts(len(subjects), len(expected))
            templates = self.store.templates(gallery_id)
            assert templates.reference_ids == tuple(each.reference_id for each in expected)
            assert templates.generation >= self.last_generation[gallery_id]
            self.last_generation[gallery_id] = templates.generation
        assert {i: self.store.crop(i) for i in self.crops} == self.crops
        leads = self.store.leads("open")
        assert {lead.lead_id: set(lead.subject_ids) for lead in leads} == self.leads


TestGalleryModel = GalleryModel.TestCase
TestGalleryModel.settings = settings(max_examples=20, stateful_step_count=15, deadline=None)
