"""The book: every setting as data. Who asks, what for, and how each request has to end.

A request names a case of `rules/cases` (or of `rules/stories`): the whole submission stands there,
with what the rules must answer. What is written here is what a reader is told, and it is checked:
a story that ends otherwise than written is an error of the program, of a rule or of the book.

`measured` says what the gate answers once the figures that the applicant stated are replaced by
those that were measured for the model that ships. `scene` names what is run (see `scenes`).
"""

from __future__ import annotations

from recognizance.cli.stories.story import Ask, Measured, Story
from recognizance.types import ErrorRate, Outcome

FMR, FPIR = ErrorRate.FMR, ErrorRate.FPIR
REFUSE, INCOMPLETE = Outcome.REFUSE, Outcome.INCOMPLETE
CONDITIONS = Outcome.PERMIT_WITH_CONDITIONS


STORIES = (
    Story(
        "Police car, body camera",
        "Everybody who is stopped",
        "A police force wants every car and every body camera to check each person it stops "
        "against the pictures of people arrested before. It happens in the street, live, to "
        "whoever is stopped; those who are stopped most often would be mistaken for somebody else"
        " most often.",
        (
            Ask(
                "Check everybody who is stopped, live, from the car and the body camera",
                "police-car-body-everyone-stopped",
                REFUSE,
                ("HR-05", "HR-07"),
            ),
        ),
    ),
    Story(
        "Officers' footage",
        "The same footage, searched later",
        "The cameras have filmed, and the footage is kept. One department wants to run all faces "
        "in it through its gallery. Another is after an armed robber: a judge has named the "
        "person and the hour, and the department asks to look for that one person in that one "
        "hour. A third is asked for its footage by somebody who was filmed.",
        (
            Ask(
                "Search the footage for all faces in it",
                "officer-footage-all-faces",
                REFUSE,
                ("HR-06", "LE-07"),
            ),
            Ask(
                "Search it for one named person, without a warrant",
                "officer-footage-named-person-warrant--without-a-warrant",
                INCOMPLETE,
                ("HR-06b",),
            ),
            Ask(
                "Search it for one named person, with a warrant",
                "officer-footage-named-person-warrant",
                CONDITIONS,
                ("HR-06b", "LE-09", "LE-07", "HR-14", "LE-12"),
                Measured(FPIR, 10_000_000, 1, REFUSE, ("EV-04",)),
                scene="named_person_in_footage",
            ),
            Ask("Hand the footage out, with everybody in it hidden", scene="footage_handed_out"),
        ),
    ),
    Story(
        "Custody desk",
        "Everybody who is arrested, or one who gives no name",
        "A kiosk in the custody suite could look at every face that is brought in, as a matter of"
        " routine. Or the desk could ask once, about one person who will not say who they are, "
        "with an order for that person.",
        (
            Ask(
                "Search every arrestee at a kiosk, every time",
                "custody-kiosk-every-arrestee",
                REFUSE,
                ("HR-07",),
            ),
            Ask(
                "Search once, for one arrestee who gives no name, with an order",
                "custody-one-arrestee-no-name",
                CONDITIONS,
                ("LE-08", "LE-09", "LE-07", "HR-14"),
                Measured(FPIR, 100_000_000, 800, REFUSE, ("EV-04",)),
                scene="arrestee_without_a_name",
            ),
        ),
    ),
    Story(
        "A capital",
        "A city, whole, in slices, or a little later",
        "An administration wants its cameras to recognise whoever passes. Told no, it asks for "
        "one street, five hundred times over. Told no again, it offers to search recordings "
        "instead: 601 seconds old, one second more than what counts as live.",
        (
            Ask(
                "Recognise people across a capital, in a country that is not free",
                "capital-country-not-free",
                REFUSE,
                ("HR-08", "HR-04", "HR-19"),
            ),
            Ask(
                "Recognise people in one street, as the five hundredth such permit",
                "city-cut-into-500-streets",
                REFUSE,
                ("HR-08", "HR-19", "D7"),
            ),
            Ask(
                "Search the capital's recordings, 601 seconds later",
                "capital-recorded-601-seconds",
                REFUSE,
                ("HR-08",),
            ),
        ),
    ),
    Story(
        "Missing person",
        "Six hours, one street, one face",
        "An adult who may have been abducted was last seen in one street at noon. A judge orders "
        "a search for that person alone, on the three cameras of that street, until six in the "
        "evening. The next day the same is asked for a child of eight.",
        (
            Ask(
                "Find a missing adult: one street, six hours, a judge's order",
                "eu-police-missing-adult",
                CONDITIONS,
                ("LE-06", "LE-09", "LE-10", "LE-17", "GV-05"),
                Measured(FPIR, 1_000_000, 1, REFUSE, ("EV-03", "EV-04"), "urgent"),
                scene="missing_adult",
            ),
            Ask(
                "Find a missing child of eight, all else the same",
                "eu-police-missing-child-of-eight",
                INCOMPLETE,
                ("EV-09",),
                Measured(FPIR, 1_000_000, 1, REFUSE, ("EV-04",), "urgent"),
                scene="what_was_measured_of_children",
            ),
            Ask(
                "The same, had children been measured and 62 of 100 searches failed",
                "eu-police-missing-child-band-fails",
                REFUSE,
                ("EV-09",),
            ),
        ),
    ),
    Story(
        "Glasses",
        "Police sunglasses, and one's own",
        "Glasses that recognise whoever is in view are offered to a police force. Somebody else, "
        "who cannot remember faces, would like their own glasses to tell them which of three "
        "friends is standing before them. The three have agreed.",
        (
            Ask(
                "Police sunglasses, everybody in view",
                "police-glasses-everyone-in-view",
                REFUSE,
                ("HR-05",),
            ),
            Ask(
                "One's own glasses, three friends who agreed",
                "own-glasses-three-contacts",
                CONDITIONS,
                ("PR-11", "HR-04", "EV-08"),
                Measured(FMR, 1_000_000, 6, CONDITIONS, permit_class="opted_in"),
                scene="own_glasses",
            ),
        ),
    ),
    Story(
        "Prison",
        "Known people at closed gates",
        "A prison wants to know who passes its inner gates: detainees and staff, nobody else. "
        "Nobody may be locked out or locked in because a machine said so, and whoever is wrongly "
        "named must be able to say so and be heard by somebody new.",
        (
            Ask(
                "Let the result alone decide who passes",
                "prison-gates-detainees-staff--result-alone-costs-liberty",
                REFUSE,
                ("PS-02", "HR-13"),
            ),
            Ask(
                "Identify detainees and staff at the gates, with people deciding",
                "prison-gates-detainees-staff",
                CONDITIONS,
                ("PS-01", "PS-02", "LE-09", "PR-10"),
                Measured(FPIR, 100_000_000, 1200, INCOMPLETE, ("EV-03",)),
                scene="prison_gate",
            ),
        ),
    ),
    Story(
        "Airport",
        "Whose template is it?",
        "Two airlines want passengers to board by face. One keeps all passengers' templates in a "
        "store of its own and searches it. The other keeps nothing: the passenger carries the "
        "template as a code on the telephone, and the gate compares one face with one code.",
        (
            Ask(
                "Search the airline's central store, in the European Union",
                "airport-airline-central-1toN",
                REFUSE,
                ("PR-07",),
            ),
            Ask(
                "Compare with the template on the passenger's own telephone",
                "airport-boarding-template-on-phone",
                CONDITIONS,
                ("PR-06", "PR-08", "GV-05"),
                Measured(FMR, 1_000_000, 1, CONDITIONS),
                scene="airport_gate",
            ),
        ),
    ),
    Story(
        "School",
        "Attendance, a staff door, a class photograph",
        "A school wants to take attendance by face. It also wants a door that opens for its "
        "staff, who may use a key instead. And it wants to print a class photograph in which only"
        " those pupils can be seen whose parents signed a release.",
        (
            Ask(
                "Take pupils' attendance by face",
                "school-attendance-by-face",
                REFUSE,
                ("PR-09", "HR-16"),
            ),
            Ask(
                "Open the staff door by card and face, with a key beside it",
                "school-staff-door",
                CONDITIONS,
                ("PR-06", "PR-10", "GV-02"),
                Measured(FMR, 1_000_000, 40, CONDITIONS),
                scene="staff_door",
            ),
            Ask(
                "Print the class photograph with every face hidden but the released one",
                scene="class_photograph",
            ),
        ),
    ),
    Story(
        "Shop",
        "One list, three places",
        "A chemist's shop keeps a list of 25 people who were violent there and wants a camera to "
        "tell the staff when one of them comes in. The same request is made in three places.",
        (
            Ask(
                "The list in Portland, Oregon",
                "shop-watchlist-portland",
                REFUSE,
                ("PR-02",),
            ),
            Ask(
                "The list in Texas, without anybody's consent",
                "shop-watchlist-texas-without-consent",
                INCOMPLETE,
                ("PR-03",),
            ),
            Ask(
                "The list in Ohio, with everything that was found missing elsewhere",
                "shop-watchlist-all-evidence",
                CONDITIONS,
                ("PR-05", "EV-05", "LE-09", "LE-10", "GV-05"),
                Measured(FPIR, 1_000_000, 25, INCOMPLETE, ("EV-03",)),
                scene="shop_list",
            ),
        ),
    ),
    Story(
        "Cameras that hang there already",
        "A new function for old cameras",
        "The shop's cameras have been there for years, against theft. A software update would add"
        " the search for faces. Nobody has reviewed the cameras for that. Then somebody does, and"
        " the answer depends on the place.",
        (
            Ask(
                "Add face search to cameras that were never reviewed for it",
                "existing-cctv-face-search-added",
                INCOMPLETE,
                ("HR-18",),
            ),
            Ask(
                "The same, reviewed, in France",
                "existing-cctv-face-search-added--reviewed-in-france",
                REFUSE,
                ("PR-01",),
            ),
            Ask(
                "The same, reviewed, in Ohio",
                "existing-cctv-face-search-added--reviewed-in-ohio",
                CONDITIONS,
                ("PR-05", "EV-05"),
                Measured(FPIR, 1_000_000, 25, INCOMPLETE, ("EV-03",)),
            ),
        ),
    ),
    Story(
        "An ethnic group",
        "An alarm when people come together",
        "A mall wants an alert when several members of one ethnic group are on its premises at "
        "the same time. Three rules refuse it, each by itself; and were all three taken out, "
        "there would still be nothing in the program that could do it.",
        (
            Ask(
                "Warn when members of an ethnic group gather",
                "alert-when-group-gathers",
                REFUSE,
                ("HR-01", "HR-02", "HR-03"),
                scene="nothing_that_could",
            ),
        ),
    ),
    Story(
        "One's own front door",
        "The door, and the pavement before it",
        "Somebody wants the camera at their own door to tell them which of eight relatives and "
        "friends is there. Turned a little further, the same camera sees everybody who walks down"
        " the street.",
        (
            Ask(
                "The camera also films the pavement",
                "own-front-door--films-the-pavement",
                REFUSE,
                ("PR-11",),
            ),
            Ask(
                "The camera sees the household's own ground",
                "own-front-door",
                CONDITIONS,
                ("PR-11", "GV-03", "EV-01"),
                Measured(FMR, 1_000_000, 16, CONDITIONS, permit_class="household"),
                scene="own_front_door",
            ),
        ),
    ),
)
"""All of them, in the order of the page."""
