package api

import (
	"net/http"
	"time"

	"xinyu/model"
)

// routes is the table of all calls: method, path, who may call, handler. A
// golden file prints it, so that a change of permission shows in every diff.
func (s *Server) routes() []route {
	return []route{
		// Login, me, consents, children, roles (login.go, me.go, overview.go, consents.go, children.go, grants.go)
		post("/login", public, "Log in with a code from wx.login", s.login),
		post("/token/renew", anyone, "Exchange the token for a new one", s.renewToken),
		post("/logout", anyone, "End this login", s.logout),
		get("/me/tokens", anyone, "List where I am logged in", s.listLogins),
		del("/me/tokens/{id}", anyone, "End one of my logins", s.endLogin),
		get("/me", anyone, "My account, children and consents", s.me),
		get("/me/overview", anyone, "What my family owes this term and what comes next", s.overview),
		get("/consents", public, "List what is consented to, for each purpose", s.listConsentTexts),
		put("/me/consents/{purpose}", anyone, "Consent to a purpose", s.giveConsent),
		del("/me/consents/{purpose}", anyone, "Withdraw a consent", s.withdrawConsent),
		post("/me/children", anyone, "Bind a child from the roster", s.bindChild).creates(),
		del("/me/children/{id}", anyone, "Unbind a child", s.unbindChild),
		del("/me/children/{id}/account", anyone, "Release the own account of a child, claimed by someone else", s.releaseChild),
		post("/me/phone", anyone, "Leave my telephone number, to be called where no message reaches me", s.setPhone),
		del("/me/phone", anyone, "Take my telephone number back", s.dropPhone),
		post("/me/pupil", anyone, "Make this account the pupil's own", s.bindPupil).creates(),
		del("/me/pupil", anyone, "Make this account no longer the pupil's own", s.unbindPupil),
		get("/pupils", finders, "Find pupils of my units by the beginning of the name", s.findPupils),
		get("/pupils/{id}/guardians", roles(model.RoleTeacher, model.RoleManager), "List who is bound to a pupil", s.listGuardians),
		del("/pupils/{id}/guardians/{accountId}", roles(model.RoleTeacher, model.RoleManager), "Undo a wrong binding of a guardian", s.endGuardianship),
		del("/pupils/{id}/account", roles(model.RoleTeacher, model.RoleManager), "Release the own account of a pupil", s.releasePupil),
		get("/me/messages", anyone, "List the messages that I can allow, and how many are allowed", s.listMessages),
		post("/me/messages", anyone, "Note which messages I allowed or refused", s.noteMessages),
		post("/me/invite-code", anyone, "Get a code by which a manager can give me a role", s.inviteCode).creates(),
		get("/units/{id}/grants", roles(model.RoleManager), "List who holds which role at a unit", s.listGrants),
		post("/units/{id}/grants", roles(model.RoleManager), "Give a role at a unit", s.grant).creates(),
		del("/grants/{id}", roles(model.RoleManager), "Take a role back", s.revoke),

		// Units and rosters (units.go, rosters.go)
		get("/units", anyone, "List the units below one, or those at the top of what the caller may see", s.listUnits),
		get("/units/{id}", anyone, "Get a unit and the way to it from the root", s.getUnit),
		post("/units", roles(model.RoleManager), "Make a unit", s.createUnit).creates(),
		put("/units/{id}", roles(model.RoleManager), "Rename a unit", s.renameUnit),
		post("/units/{id}/archive", roles(model.RoleManager), "Take a unit without pupils out of use", s.archiveUnit),
		post("/units/{id}/new-code", roles(model.RoleManager), "Replace the code of a class", s.newClassCode),
		get("/units/{id}/pupils", roles(model.RoleTeacher, model.RoleManager), "List the roster of a class", s.listPupils),
		get("/roster-imports", roles(model.RoleManager), "List the roster imports", s.listImports),
		file(http.MethodPost, "/roster-imports", roles(model.RoleManager), "Upload a roster and see what it would change", s.importRoster, describeRoster).within(2 * time.Minute).upTo(maxRoster).creates(),
		get("/roster-imports/{id}", roles(model.RoleManager), "Get a roster import and its progress", s.getImport),
		post("/roster-imports/{id}/apply", roles(model.RoleManager), "Apply a previewed roster in the background", s.applyImport).accepts(),
		post("/roster-imports/{id}/discard", roles(model.RoleManager), "Drop a previewed roster", s.discardImport),
		file(http.MethodGet, "/roster-template.xlsx", roles(model.RoleManager), "Download the template of a roster", s.rosterTemplate, describeTemplate),

		// Lessons and watches (lessons.go, shares.go, watches.go)
		get("/lessons", anyone, "List the lessons that the caller can see", s.listLessons),
		get("/lessons/{id}", anyone, "Get a lesson with the caller's or a child's progress", s.getLesson),
		post("/lessons", roles(model.RoleManager), "Draft a lesson", s.createLesson).creates(),
		put("/lessons/{id}", roles(model.RoleManager), "Edit a lesson", s.updateLesson),
		file(http.MethodPut, "/lessons/{id}/video", roles(model.RoleManager), "Upload the video of a draft", s.uploadVideo, describeUpload("video/mp4")).within(30 * time.Minute).upTo(maxVideo),
		file(http.MethodPut, "/lessons/{id}/cover", roles(model.RoleManager), "Upload the cover picture", s.uploadCover, describeUpload("image/jpeg", "image/png")).within(time.Minute).upTo(5 << 20),
		post("/lessons/{id}/cover/release", roles(model.RoleManager), "Show a cover to families that WeChat left to a person", s.releaseCover),
		post("/lessons/{id}/publish", roles(model.RoleManager), "Open a lesson to families", s.publishLesson),
		post("/lessons/{id}/withdraw", roles(model.RoleManager), "Take a lesson out of the catalogue", s.withdrawLesson),
		get("/lessons/{id}/tally", staff.and(families.roles...), "Count who began and completed a lesson in a unit", s.lessonTally),
		post("/lessons/{id}/shares", staff.and(families.roles...), "Make a card of a lesson for a chat", s.shareLesson).creates(),
		get("/shares/{token}", public, "What a shared card is of", s.openShare),
		post("/lessons/{id}/forwards", hosts, "Forward a lesson to the families of units", s.forwardLesson).creates(),
		get("/lessons/{id}/forwards", staff, "List to which units a lesson was forwarded", s.listForwards),
		post("/lessons/{id}/watches", families, "Begin watching", s.openWatch).creates(),
		post("/watches/{id}/reports", families, "Report what was played", s.report),

		// Lectures, sessions and check-ins (lectures.go, sessions.go, posts.go, check_ins.go)
		get("/lectures", anyone, "List the lectures that the caller can see", s.listLectures),
		get("/lectures/{id}", anyone, "Get a lecture", s.getLecture),
		post("/lectures", roles(model.RoleManager), "Publish a lecture", s.createLecture).creates(),
		get("/lecture-sessions", anyone, "List the sessions that the caller can see", s.listSessions),
		get("/lecture-sessions/{id}", anyone, "Get a session, with how the caller's children stand", s.getSession),
		post("/lecture-sessions", hosts, "Schedule a session of a lecture", s.createSession).creates(),
		put("/lecture-sessions/{id}", hosts, "Change a session", s.updateSession),
		post("/lecture-sessions/{id}/cancel", hosts, "Call a session off", s.cancelSession),
		post("/lecture-sessions/{id}/end", hosts, "End a session early", s.endSession),
		post("/lecture-sessions/{id}/make-up", hosts, "Schedule a make-up for those not covered", s.makeUpSession).creates(),
		get("/lecture-sessions/{id}/missing", hosts, "List who is not covered", s.sessionMissing),
		get("/lecture-sessions/{id}/roster", hosts, "List who is here, late and missing", s.sessionRoster),
		post("/lecture-sessions/{id}/remind", hosts, "Remind the families of those not covered", s.remindSession).within(time.Minute),
		get("/lecture-sessions/{id}/code", hosts, "Get the code to show now", s.getCode),
		file(http.MethodGet, "/lecture-sessions/{id}/code.png", public, "Draw a code that is good now", s.codePicture, describeCodePicture),
		post("/lecture-sessions/{id}/roll-call", hosts, "Check in the pupils who are present", s.rollCall),
		get("/lecture-sessions/{id}/late-check-ins", hosts, "List the late check-ins that wait for the host", s.lateCheckIns),
		post("/lecture-sessions/{id}/late-check-ins/confirm", hosts, "Let late check-ins count", s.confirmLate),
		post("/lecture-sessions/{id}/late-check-ins/refuse", hosts, "Turn late check-ins down", s.refuseLate),
		get("/lecture-sessions/{id}/posts", debaters, "Read the discussion under a session for guardians, newest first", s.listPosts),
		post("/lecture-sessions/{id}/posts", debaters, "Add to the discussion; what WeChat does not let pass waits for a host", s.addPost).creates(),
		del("/posts/{id}", debaters, "Take my post away", s.deletePost),
		post("/posts/{id}/hide", hosts, "Hide a post", s.hidePost),
		post("/posts/{id}/show", hosts, "Show a post that was held or hidden", s.showPost),
		post("/check-ins", families, "Check in with the code shown", s.checkIn),

		// Scenes of mini-program codes (scenes.go)
		post("/scenes", families.and(hosts.roles...), "Make the scene of a code that leads to a session, a lesson or a class's binding", s.makeScene).creates(),
		get("/scenes/{scene}", public, "Where a scene leads", s.openScene),
		file(http.MethodGet, "/scenes/{scene}/code.png", public, "Draw a scene's code", s.scenePicture, describeScenePicture),

		// Rooms, availability, slots, bookings, wait-list (rooms.go, availability.go, slots.go, bookings.go, wait_list.go)
		get("/rooms", visitors, "List the counselling rooms that the caller can see", s.listRooms),
		get("/rooms/{id}", visitors, "Get a room with its counsellors", s.getRoom),
		post("/rooms", roles(model.RoleManager), "Open a counselling room", s.createRoom).creates(),
		put("/rooms/{id}", roles(model.RoleManager), "Edit or close a room", s.updateRoom),
		put("/rooms/{id}/counsellors/{accountId}", roles(model.RoleManager), "Put a counsellor into a room", s.assignCounsellor),
		get("/me/counsellor-profile", roles(model.RoleCounsellor), "What families see of me", s.counsellorProfile),
		put("/me/counsellor-profile", roles(model.RoleCounsellor), "Introduce myself to families", s.introduce),
		get("/availability-rules", availability, "List a counsellor's weekly openings", s.listAvailabilityRules),
		post("/availability-rules", availability, "Add a weekly opening", s.createAvailabilityRule).creates(),
		del("/availability-rules/{id}", availability, "End a weekly opening", s.endAvailabilityRule),
		get("/availability-exceptions", availability, "List a counsellor's coming absences", s.listAvailabilityExceptions),
		post("/availability-exceptions", availability, "Add an absence; answers the bookings inside it", s.createAvailabilityException).creates(),
		del("/availability-exceptions/{id}", availability, "Take an absence back", s.deleteAvailabilityException),
		get("/slots", visitors, "List free slots", s.listSlots),
		get("/hotlines", public, "The numbers to call in need", s.listHotlines),
		// Anyone may ask: who finds no slot is still heard by the safety question.
		post("/bookings", anyone, "Book a slot", s.book).hears().creates(),
		get("/bookings", anyone, "List the caller's bookings, those of their talks or of their rooms", s.listBookings),
		get("/bookings/{id}", anyone, "Get a booking", s.getBooking),
		post("/bookings/{id}/cancel", anyone, "Call a booking off", s.cancelBooking),
		post("/bookings/{id}/reschedule", anyone, "Move a booking to another slot", s.rescheduleBooking),
		post("/bookings/{id}/complete", roles(model.RoleCounsellor), "Note that the talk took place", s.completeBooking),
		post("/bookings/{id}/no-show", roles(model.RoleCounsellor), "Note that nobody came", s.noShowBooking),
		post("/bookings/{id}/records", roles(model.RoleCounsellor), "Write a confidential note on a talk", s.addRecord).creates(),
		get("/bookings/{id}/records", roles(model.RoleCounsellor), "Read the notes on a talk", s.listRecords),
		post("/bookings/{id}/feedback", anyone, "Say whether a talk helped", s.giveFeedback).creates(),
		get("/rooms/{id}/feedback", roles(model.RoleManager), "Count what was said of a room's talks", s.roomFeedback),
		post("/wait-list", visitors, "Wait for a slot to be freed", s.joinWaitList).creates(),
		get("/wait-list", anyone, "List the caller's places on the wait-list, with what is offered", s.listWaitList),
		post("/wait-list/{id}/accept", anyone, "Book the slot on offer", s.acceptOffer).hears().creates(),
		post("/wait-list/{id}/cancel", anyone, "Give up a place on the wait-list", s.leaveWaitList),

		// Alerts (alerts.go)
		get("/alerts", roles(model.RoleDuty, model.RoleManager), "List the alerts that the caller answers for", s.listAlerts),
		post("/alerts/{id}/acknowledge", roles(model.RoleDuty), "Take an alert on", s.acknowledgeAlert),

		// Calls in place of messages (calls.go)
		get("/call-list", callers, "List whom I am to telephone, as no message can reach them", s.listCalls),
		post("/call-list/{id}/done", callers, "Note what came of a call", s.callDone),

		// Coverage (coverage.go, messages.go)
		get("/coverage", staff, "Coverage of a unit and of the units right below it", s.coverage),
		get("/coverage/items", staff, "Coverage of a unit by every item of a term", s.coverageItems),
		get("/coverage/missing", roles(model.RoleTeacher, model.RoleManager), "Pupils not covered, and the session that would cover them", s.missing),
		post("/coverage/nudges", roles(model.RoleTeacher, model.RoleManager), "Remind the families of the pupils whom an item does not cover", s.nudge).within(time.Minute),
	}
}
