package api

import (
	"time"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/support/alert"
)

// Who may call. The sets of roles are named in package model.
var (
	families      = rest.For(model.Families...)
	hosts         = rest.For(model.Hosts...)
	figureReaders = rest.For(model.FigureReaders...)
	lessonReaders = rest.For(model.LessonReaders...)
	sceneMakers   = rest.For(model.SceneMakers...)
	debaters      = rest.For(model.Debaters...)
	finders       = rest.For(model.PupilFinders...)
	visitors      = rest.For(model.Visitors...)
	schedulers    = rest.For(model.Schedulers...)
	callers       = rest.For(model.Callers...)
	raisers       = rest.For(alert.Raisers...)
	alertReaders  = rest.For(model.AlertReaders...)
	managers      = rest.For(model.RoleManager)
	counsellors   = rest.For(model.RoleCounsellor)
	duty          = rest.For(model.RoleDuty)
	staff         = rest.For(model.Staff...)
)

// routes is the table of all calls: method, path, who may call, handler. A
// golden file prints it, so that a change of permission shows in every diff.
func (s *Server) routes() []rest.Section {
	return []rest.Section{
		// Handled in login.go, me.go, consents.go, children.go, claims.go, grants.go, messages.go.
		{Name: "identity", Description: "Login, me, consents, children and roles", Lines: []rest.Route{
			rest.Post("/login", rest.Public, "Log in with a code from wx.login", s.login),
			rest.Post("/token/renew", rest.Anyone, "Exchange the token for a new one", rest.Own(s.svc.Identity.Renew)),
			rest.Post("/logout", rest.Anyone, "End this login", rest.DoOwn(s.svc.Identity.Logout)),
			rest.Get("/me/tokens", rest.Anyone, "List where I am logged in", rest.Listed(rest.Own(s.svc.Identity.Logins))),
			rest.Delete("/me/tokens/{id}", rest.Anyone, "End one of my logins", rest.DoByID(s.svc.Identity.EndLogin)),
			rest.Get("/me", rest.Anyone, "My account, children and consents", rest.Own(s.svc.Identity.Me)),
			rest.Get("/me/overview", rest.Anyone, "What my family owes this term and what comes next", rest.Own(s.svc.Overview)),
			rest.Get("/consents", rest.Public, "List what is consented to, for each purpose", s.listConsentTexts),
			rest.Put("/me/consents/{purpose}", rest.Anyone, "Consent to a purpose", s.giveConsent),
			rest.Delete("/me/consents/{purpose}", rest.Anyone, "Withdraw a consent", s.withdrawConsent),
			rest.Post("/me/children", rest.Anyone, "Bind a child from the roster, or have the claim wait for a teacher", s.bindChild).Creates(),
			rest.Delete("/me/children/{id}", rest.Anyone, "Unbind a child", rest.DoByID(s.svc.Identity.UnbindChild)),
			rest.Post("/me/phone", rest.Anyone, "Give my telephone number, to be called where no message reaches me", s.setPhone),
			rest.Delete("/me/phone", rest.Anyone, "Take my telephone number back", rest.DoOwn(s.svc.Identity.DropPhone)),
			rest.Post("/me/pupil", rest.Anyone, "Make this account the pupil's own, or have the claim wait for a teacher", s.bindPupil).Creates(),
			rest.Delete("/me/pupil", rest.Anyone, "Make this account no longer the pupil's own, from the age of 14", rest.DoOwn(s.svc.Identity.UnbindPupil)),
			rest.Delete("/me/claims/{id}", rest.Anyone, "Take back a claim of mine that waits for a teacher", rest.DoByID(s.svc.Identity.TakeBackClaim)),
			rest.Get("/pupils", finders, "Find pupils of my units by the beginning of the name", rest.In(s.svc.Org.FindPupils)),
			rest.Get("/pupils/{id}/guardians", hosts, "List the guardians of a pupil", rest.ByID(s.svc.Identity.Guardians)),
			rest.Delete("/pupils/{id}/guardians/{accountId}", hosts, "End a wrong guardianship", s.endGuardianship),
			rest.Delete("/pupils/{id}/account", hosts, "Release the own account of a pupil", rest.DoByID(s.svc.Identity.ReleasePupil)),
			rest.Delete("/pupils/{id}/wrong-claims", hosts, "Let a pupil's family claim again today after too many wrong claims", rest.DoByID(s.svc.Identity.ForgetWrongClaims)),
			rest.Get("/units/{id}/claims", hosts, "List the claims to pupils that wait for a teacher", rest.PageByID(s.svc.Identity.WaitingClaims)),
			rest.Get("/units/{id}/decided-claims", hosts, "List who decided which claims to pupils within the last 30 days", rest.PageByID(s.svc.Identity.DecidedClaims)),
			rest.Post("/claims/confirm", hosts, "Confirm those of the claims that can be", s.confirmClaims),
			rest.Post("/claims/{id}/confirm", hosts, "Bind the account that made a claim", rest.DoByID(s.svc.Identity.ConfirmClaim)),
			rest.Post("/claims/{id}/refuse", hosts, "Refuse a claim", rest.DoByID(s.svc.Identity.RefuseClaim)),
			rest.Get("/units/{id}/claim-rule", hosts, "Whether claims to pupils wait for a teacher", rest.ByID(s.svc.Identity.ClaimRule)),
			rest.Put("/units/{id}/claim-rule", managers, "Set whether claims to pupils wait for a teacher", s.setClaimRule),
			rest.Get("/me/messages", rest.Anyone, "List the messages that I can allow, and how many are allowed", rest.Listed(rest.Own(s.svc.Messages.Permissions))),
			rest.Post("/me/messages", rest.Anyone, "Note which messages I allowed or refused", s.noteMessages),
			rest.Post("/me/invite-code", rest.Anyone, "Get a code by which a manager can give me a role", rest.Own(s.svc.Identity.InviteCode)).Creates(),
			rest.Get("/units/{id}/grants", managers, "List who holds which role at a unit", rest.Listed(rest.ByID(s.svc.Identity.Grants))),
			rest.Post("/units/{id}/grants", managers, "Give a role at a unit", s.grant).Creates(),
			rest.Delete("/grants/{id}", managers, "Take a role back", rest.DoByID(s.svc.Identity.Revoke)),
			rest.Post("/accounts/{id}/lock", managers, "Shut out an account whose roles are all in my units", s.lockAccount),
			rest.Post("/accounts/{id}/unlock", managers, "Let such an account log in again", rest.DoByID(s.svc.Identity.UnlockAccount)),
		}},
		// Handled in units.go, rosters.go.
		{Name: "org", Description: "Units and rosters", Lines: []rest.Route{
			rest.Get("/units", rest.Anyone, "List the units below one, or those at the top of what the caller may see", rest.In(s.svc.Org.Units)),
			rest.Get("/units/{id}", rest.Anyone, "Get a unit and the way to it from the root", rest.ByID(s.svc.Org.Unit)),
			rest.Post("/units", managers, "Make a unit", s.createUnit).Creates(),
			rest.Put("/units/{id}", managers, "Rename a unit", s.renameUnit),
			rest.Post("/units/{id}/archive", managers, "Take a unit without pupils out of use", rest.ByID(s.svc.Org.ArchiveUnit)),
			rest.Post("/units/{id}/new-code", managers, "Replace the code of a class", rest.ByID(s.svc.Org.NewClassCode)),
			rest.Get("/units/{id}/pupils", hosts, "List the roster of a class", rest.PageByID(s.svc.Org.Pupils)),
			rest.Get("/roster-imports", managers, "List the roster imports", rest.In(s.svc.Org.Imports)),
			rest.Post("/roster-imports", managers, "Upload a roster and see what it would change", s.importRoster).
				Takes("multipart/form-data", "application/octet-stream").Within(2 * time.Minute).UpTo(maxRoster).Creates(),
			rest.Get("/roster-imports/{id}", managers, "Get a roster import and its progress", rest.ByID(s.svc.Org.Import)),
			rest.Put("/roster-imports/{id}/choices", managers, "Decide about a previewed roster, and preview it anew", s.chooseImport).Within(2 * time.Minute),
			rest.Post("/roster-imports/{id}/apply", managers, "Apply a previewed roster in the background", s.applyImport).Within(time.Minute).Accepts(),
			rest.Post("/roster-imports/{id}/undo", managers, "Bring the rosters back to what they were before the last import", rest.ByID(s.svc.Org.UndoImport)).Within(2 * time.Minute),
			rest.Post("/roster-imports/{id}/discard", managers, "Drop a previewed roster", rest.ByID(s.svc.Org.DiscardImport)),
			rest.Get("/roster-template.xlsx", managers, "Download the template of a roster", s.rosterTemplate).Gives(xlsxType, "OK"),
		}},
		// Handled in lessons.go, shares.go, watches.go.
		{Name: "lesson", Description: "Lessons, their shares and watches", Lines: []rest.Route{
			rest.Get("/lessons", rest.Anyone, "List the lessons that the caller can see", rest.In(s.svc.Lesson.List)),
			rest.Get("/lessons/{id}", rest.Anyone, "Get a lesson with the caller's or a child's progress", s.getLesson),
			rest.Post("/lessons", managers, "Draft a lesson", s.createLesson).Creates(),
			rest.Put("/lessons/{id}", managers, "Edit a lesson", s.updateLesson),
			rest.Put("/lessons/{id}/video", managers, "Upload the video of a draft", s.uploadVideo).Takes("video/mp4").Within(30 * time.Minute).UpTo(maxVideo),
			rest.Put("/lessons/{id}/cover", managers, "Upload the cover picture", s.uploadCover).Takes("image/jpeg", "image/png").Within(time.Minute).UpTo(5 << 20),
			rest.Post("/lessons/{id}/cover/release", managers, "Show a cover to families that WeChat left to a person", rest.ByID(s.svc.Lesson.ReleaseCover)),
			rest.Post("/lessons/{id}/publish", managers, "Open a lesson to families", rest.ByID(s.svc.Lesson.Publish)),
			rest.Post("/lessons/{id}/withdraw", managers, "Take a lesson out of the catalogue", rest.ByID(s.svc.Lesson.Withdraw)),
			rest.Get("/lessons/{id}/tally", lessonReaders, "Count who began and completed a lesson in a unit", s.lessonTally),
			rest.Post("/lessons/{id}/shares", lessonReaders, "Make a card of a lesson for a chat", rest.ByID(s.svc.Lesson.Share)).Creates(),
			rest.Get("/shares/{token}", rest.Public, "What a shared card is of", s.openShare),
			rest.Post("/lessons/{id}/forwards", hosts, "Forward a lesson to the families of units", s.forwardLesson).Creates(),
			rest.Get("/lessons/{id}/forwards", figureReaders, "List to which units a lesson was forwarded", rest.PageByID(s.svc.Lesson.Forwards)),
			rest.Post("/lessons/{id}/watches", families, "Begin watching", s.openWatch).Creates(),
			rest.Post("/watches/{id}/reports", families, "Report what was played", s.report),
		}},
		// Handled in lectures.go, sessions.go, posts.go, check_ins.go.
		{Name: "lecture", Description: "Lectures, sessions, check-ins and posts", Lines: []rest.Route{
			rest.Get("/lectures", rest.Anyone, "List the lectures that the caller can see", rest.In(s.svc.Lecture.Lectures)),
			rest.Get("/lectures/{id}", rest.Anyone, "Get a lecture", rest.ByID(s.svc.Lecture.Lecture)),
			rest.Post("/lectures", managers, "Publish a lecture", s.createLecture).Creates(),
			rest.Get("/lecture-sessions", rest.Anyone, "List the sessions that the caller can see", rest.In(s.svc.Lecture.Sessions)),
			rest.Get("/lecture-sessions/{id}", rest.Anyone, "Get a session, with how the caller's children stand", rest.ByID(s.svc.Lecture.Session)),
			rest.Post("/lecture-sessions", hosts, "Schedule a session of a lecture", s.createSession).Creates(),
			rest.Put("/lecture-sessions/{id}", hosts, "Change a session", s.updateSession),
			rest.Post("/lecture-sessions/{id}/cancel", hosts, "Call a session off", rest.ByID(s.svc.Lecture.Cancel)),
			rest.Post("/lecture-sessions/{id}/end", hosts, "End a session early", rest.ByID(s.svc.Lecture.End)),
			rest.Post("/lecture-sessions/{id}/make-up", hosts, "Schedule a make-up for those not covered", s.makeUpSession).Creates(),
			rest.Get("/lecture-sessions/{id}/missing", hosts, "List who is not covered", rest.PageByID(s.svc.Lecture.Missing)),
			rest.Get("/lecture-sessions/{id}/roster", hosts, "List who is here, late and missing", s.sessionRoster),
			rest.Post("/lecture-sessions/{id}/remind", hosts, "Remind the families of those not covered", rest.ByID(s.svc.Lecture.Remind)).Within(time.Minute),
			rest.Get("/lecture-sessions/{id}/code", hosts, "Get the code to show now", s.getCode),
			rest.Get("/lecture-sessions/{id}/code.png", rest.Public, "Draw a code that is good now", s.codePicture).Gives(pngType, "The QR code of a token that is good now"),
			rest.Post("/lecture-sessions/{id}/roll-call", hosts, "Check in the pupils who are present", s.rollCall),
			rest.Delete("/lecture-sessions/{id}/check-ins/{pupilId}", hosts, "Take a check-in back, with what it covered", s.retractCheckIn),
			rest.Get("/lecture-sessions/{id}/retractions", hosts, "List the check-ins that were taken back, by whom and why", rest.PageByID(s.svc.Lecture.Retractions)),
			rest.Get("/lecture-sessions/{id}/late-check-ins", hosts, "List the late check-ins that wait for the host", rest.PageByID(s.svc.Lecture.LateCheckIns)),
			rest.Post("/lecture-sessions/{id}/late-check-ins/confirm", hosts, "Let late check-ins count", s.confirmLate),
			rest.Post("/lecture-sessions/{id}/late-check-ins/refuse", hosts, "Turn late check-ins down", s.refuseLate),
			rest.Get("/lecture-sessions/{id}/posts", debaters, "Read the discussion under a session for guardians, newest first", rest.PageByID(s.svc.Lecture.Posts)),
			rest.Post("/lecture-sessions/{id}/posts", debaters, "Add to the discussion; what WeChat does not let pass waits for a host", s.addPost).Creates(),
			rest.Delete("/posts/{id}", debaters, "Take my post away", rest.DoByID(s.svc.Lecture.DeletePost)),
			rest.Post("/posts/{id}/reports", debaters, "Report a post to the session's hosts, once", s.reportPost),
			rest.Post("/posts/{id}/hide", hosts, "Hide a post", rest.ByID(s.svc.Lecture.HidePost)),
			rest.Post("/posts/{id}/show", hosts, "Show a post that was held or hidden", rest.ByID(s.svc.Lecture.ShowPost)),
			rest.Post("/check-ins", families, "Check in with the code shown", s.checkIn),
		}},
		// Handled in scenes.go.
		{Name: "scene", Description: "Codes that lead into the mini-program", Lines: []rest.Route{
			rest.Post("/scenes", sceneMakers, "Make the scene of a code that leads to a session, a lesson or a class's binding", s.makeScene).Creates(),
			rest.Get("/scenes/{scene}", rest.Public, "Where a scene leads", s.openScene),
			rest.Get("/scenes/{scene}/code.png", rest.Public, "Draw a scene's code", s.scenePicture).
				Gives(pngType, "The mini-program code, or an ordinary QR code while WeChat draws none"),
		}},
		// Handled in rooms.go, availability.go, slots.go, bookings.go, wait_list.go.
		{Name: "counsel", Description: "Rooms, availability, slots, bookings and the wait-list", Lines: []rest.Route{
			rest.Get("/rooms", visitors, "List the counselling rooms that the caller can see", rest.In(s.svc.Counsel.Rooms)),
			rest.Get("/rooms/{id}", visitors, "Get a room with its counsellors", rest.ByID(s.svc.Counsel.Room)),
			rest.Post("/rooms", managers, "Open a counselling room", s.createRoom).Creates(),
			rest.Put("/rooms/{id}", managers, "Edit or close a room", s.updateRoom),
			rest.Put("/rooms/{id}/counsellors/{accountId}", managers, "Put a counsellor into a room", s.assignCounsellor),
			rest.Get("/me/counsellor-profile", counsellors, "What families see of me", rest.Own(s.svc.Counsel.Profile)),
			rest.Put("/me/counsellor-profile", counsellors, "Introduce myself to families", s.introduce),
			rest.Get("/availability-rules", schedulers, "List a counsellor's weekly openings", s.listAvailabilityRules),
			rest.Post("/availability-rules", schedulers, "Add a weekly opening", s.createAvailabilityRule).Creates(),
			rest.Delete("/availability-rules/{id}", schedulers, "End a weekly opening", rest.DoByID(s.svc.Counsel.EndRule)),
			rest.Get("/availability-exceptions", schedulers, "List a counsellor's coming absences", s.listAvailabilityExceptions),
			rest.Post("/availability-exceptions", schedulers, "Add an absence; returns the bookings inside it", s.createAvailabilityException).Creates(),
			rest.Post("/availability-exceptions/preview", schedulers, "List the bookings inside an absence before it is added", s.previewAbsence),
			rest.Delete("/availability-exceptions/{id}", schedulers, "Take an absence back", rest.DoByID(s.svc.Counsel.DeleteException)),
			rest.Get("/slots", visitors, "List free slots", rest.In(s.svc.Counsel.Slots)),
			rest.Get("/hotlines", rest.Public, "The numbers to call in need", s.listHotlines),
			// Anyone may ask: the answer to the safety question counts also where there is no slot for the caller.
			s.asksSafety(rest.Post("/bookings", rest.Anyone, "Book a slot", s.book).Creates()),
			rest.Get("/bookings", rest.Anyone, "List the caller's bookings, those of their talks or of their rooms", rest.In(s.svc.Counsel.Bookings)),
			rest.Get("/bookings/{id}", rest.Anyone, "Get a booking", rest.ByID(s.svc.Counsel.Booking)),
			rest.Post("/bookings/{id}/cancel", rest.Anyone, "Call a booking off", s.cancelBooking),
			rest.Post("/bookings/{id}/reschedule", rest.Anyone, "Move a booking to another slot", s.rescheduleBooking),
			rest.Post("/bookings/{id}/complete", counsellors, "Note that the talk took place", rest.ByID(s.svc.Counsel.Complete)),
			rest.Post("/bookings/{id}/no-show", counsellors, "Note that nobody came", rest.ByID(s.svc.Counsel.NoShow)),
			rest.Post("/bookings/{id}/records", counsellors, "Write a confidential note on a talk", s.addRecord).Creates(),
			rest.Get("/bookings/{id}/records", counsellors, "Read the notes on a talk", rest.Listed(rest.ByID(s.svc.Counsel.Records))),
			rest.Post("/bookings/{id}/records/hand-over", counsellors, "Let the counsellor to whom a booking went read my notes on it", s.handOverRecords),
			rest.Get("/me/records-to-hand-over", counsellors, "List the bookings whose new counsellor can't read my notes", rest.Listed(rest.Own(s.svc.Counsel.RecordsToHandOver))),
			rest.Post("/bookings/{id}/feedback", rest.Anyone, "Say whether a talk helped", s.giveFeedback).Creates(),
			rest.Get("/rooms/{id}/feedback", managers, "Count what was said of a room's talks", rest.ByID(s.svc.Counsel.Feedback)),
			rest.Post("/wait-list", visitors, "Wait for a slot to be freed", s.joinWaitList).Creates(),
			rest.Get("/wait-list", rest.Anyone, "List the caller's places on the wait-list, with what is offered", rest.In(s.svc.Counsel.WaitList)),
			s.asksSafety(rest.Post("/wait-list/{id}/accept", rest.Anyone, "Book the slot on offer", s.acceptOffer).Creates()),
			rest.Post("/wait-list/{id}/cancel", rest.Anyone, "Give up a place on the wait-list", rest.ByID(s.svc.Counsel.CancelWait)),
		}},
		// Handled in calendar.go.
		{Name: "calendar", Description: "A county's holidays and working weekends", Lines: []rest.Route{
			rest.Get("/units/{id}/calendar", visitors, "A year of the calendar of the unit's county", s.calendar),
			rest.Put("/units/{id}/calendar", managers, "Replace a year of a county's calendar", s.setCalendar),
			rest.Post("/units/{id}/calendar/read", managers, "Read a pasted list of holidays, without keeping it", s.readCalendar),
		}},
		// Handled in alerts.go, rotas.go.
		{Name: "alert", Description: "Calls for help, who takes care of them, and who is on duty", Lines: []rest.Route{
			rest.Get("/alerts", alertReaders, "List the alerts that the caller is responsible for", rest.In(s.svc.Alerts.Alerts)),
			rest.Post("/alerts", raisers, "Raise an alert about a pupil of the caller's units", s.raiseAlert).Creates(),
			rest.Get("/alerts/{id}", duty, "All that an officer needs to act on an alert", rest.ByID(s.svc.Alerts.Sheet)),
			rest.Post("/alerts/{id}/acknowledge", duty, "Take an alert on", s.acknowledgeAlert),
			rest.Post("/alerts/{id}/entries", duty, "Write what was done about an alert", s.addAlertEntry),
			rest.Post("/alerts/{id}/guardians", duty, "Say whether a guardian may be the reason", s.withholdGuardians),
			rest.Post("/alerts/{id}/close", duty, "Close an alert, for a second person to review", s.closeAlert),
			rest.Post("/alerts/{id}/review", duty, "Agree as a second person that an alert is closed", s.reviewAlert),
			rest.Post("/alerts/{id}/reopen", duty, "Have an alert that was taken on wait again", s.reopenAlert),
			rest.Post("/drills", managers, "Practise the escalation at a unit", s.startDrill).Creates(),
			rest.Post("/me/alerts", rest.Anyone, "Wish to talk to a person", s.askToTalk).Creates(),
			rest.Get("/me/alerts", rest.Anyone, "What became of my calls for help", rest.Listed(rest.Own(s.svc.Alerts.Mine))),
			rest.Get("/units/{id}/alert-times", alertReaders, "The times of the levels at a unit", rest.Listed(rest.ByID(s.svc.Alerts.Times))),
			rest.Put("/units/{id}/alert-times", managers, "Set the times of a level at a unit", rest.Listed(s.setAlertTimes)),
			rest.Get("/units/{id}/rota", alertReaders, "Who is on duty at a unit, and when nobody is", rest.ByID(s.svc.Alerts.Rota)),
			rest.Put("/units/{id}/rota", managers, "Set who is on duty at a unit", s.setRota),
		}},
		// Handled in audit.go.
		{Name: "audit", Description: "Who read and wrote confidential data", Lines: []rest.Route{
			rest.Get("/audit", managers, "List what staff did with the confidential data, rosters and accounts of the units that the caller manages, and their logins", rest.In(s.svc.Audit.Entries)),
			rest.Get("/audit/checkpoint", staff, "Get the signed checkpoint of the audit log as the last day ended", s.getCheckpoint),
			rest.Get("/audit/{id}/proof", managers, "Prove that an entry is in the tree as the last day ended", rest.ByID(s.svc.Audit.Prove)),
			rest.Get("/me/children/{id}/reads", families, "List which staff saw the telephone number left for my child, decided about its accounts or identity, or saw the bookings that I made for it, at least once in half an hour; for my own account also all bookings, records and alerts about me", rest.PageByID(s.svc.Audit.Reads)),
		}},
		// Handled in calls.go.
		{Name: "calls", Description: "Telephone calls in place of messages", Lines: []rest.Route{
			rest.Get("/call-list", callers, "List whom I am to telephone, as no message can reach them", rest.In(s.svc.Calls.Calls)),
			rest.Post("/call-list/{id}/done", callers, "Note what came of a call", s.callDone),
		}},
		// Handled in coverage.go, messages.go.
		{Name: "coverage", Description: "Who is covered, who is missing, and nudges", Lines: []rest.Route{
			rest.Get("/coverage", figureReaders, "Coverage of a unit and of the units right below it", s.coverage),
			rest.Get("/coverage/items", figureReaders, "Coverage of a unit by every item of a term", s.coverageItems),
			rest.Get("/coverage/missing", hosts, "Pupils not covered, and the session that would cover them", s.missing),
			rest.Post("/coverage/nudges", hosts, "Remind the families of the pupils whom an item does not cover", s.nudge).Within(time.Minute),
		}},
	}
}
