package counsel

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
)

// talked books the slot for the family's child and completes the talk.
func (sc *scene) talked(guardian model.Actor, pupil *model.Pupil, slot Slot) model.ID {
	sc.t.Helper()
	b, err := sc.svc.Book(sc.t.Context(), guardian, BookIn{SlotID: slot.ID, PupilID: pupil.ID})
	require.NoError(sc.t, err)
	sc.change(&model.Booking{}, "id = ?", b.ID, map[string]any{"status": model.BookingCompleted})
	return b.ID
}

func TestFeedbackIsSaidOnceByWhoBookedOrCame(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, sc *scene) {
		ctx := t.Context()
		slots := sc.open(sc.counsellor, tuesday())
		guardian, pupil := sc.family()
		child := sc.PupilAccount(pupil)
		stranger, _ := sc.family()
		id := sc.talked(guardian, pupil, slots[0])
		early := sc.book(guardian, slots[1])

		_, err := sc.svc.GiveFeedback(ctx, guardian, early.ID, model.HelpedYes, "")
		require.ErrorIs(t, err, errFeedbackEarly)
		for _, other := range []model.Actor{stranger, sc.counsellor, sc.manager, sc.Guardian(pupil)} {
			_, err = sc.svc.GiveFeedback(ctx, other, id, model.HelpedYes, "我不想活了")
			require.ErrorIs(t, err, model.NotFound("booking"))
			var e *model.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, Hotlines(), e.Details.(Refusal).Hotlines, "also a refusal carries the card")
		}
		given := func(actor model.Actor) *bool {
			b, err := sc.svc.Booking(ctx, actor, id)
			require.NoError(t, err)
			page, err := sc.svc.Bookings(ctx, actor, BookingsIn{})
			require.NoError(t, err)
			for _, listed := range page.Items {
				if listed.ID == id {
					require.Equal(t, b.FeedbackGiven, listed.FeedbackGiven)
				}
			}
			return b.FeedbackGiven
		}
		require.False(t, *given(guardian))
		f, err := sc.svc.GiveFeedback(ctx, child, id, model.HelpedPartly, "老师很耐心")
		require.NoError(t, err)
		require.Equal(t, Hotlines(), f.Hotlines)
		again, err := sc.svc.GiveFeedback(ctx, child, id, model.HelpedPartly, "老师很耐心")
		require.NoError(t, err, "a phone repeats itself")
		require.Equal(t, f, again)
		_, err = sc.svc.GiveFeedback(ctx, child, id, model.HelpedPartly, "改主意了")
		require.ErrorIs(t, err, errFeedbackGiven)
		_, err = sc.svc.GiveFeedback(ctx, guardian, id, model.HelpedPartly, "老师很耐心")
		require.ErrorIs(t, err, errFeedbackGiven, "the same words of someone else are not a repeat")
		require.True(t, *given(guardian))
		require.True(t, *given(child))
		require.Nil(t, given(sc.counsellor))
		require.Nil(t, given(sc.manager))

		var row model.BookingFeedback
		require.NoError(t, sc.st.Read(ctx).Take(&row, "booking_id = ?", id).Error)
		require.NotContains(t, string(row.Content), "老师")
	})
}

func TestACounsellorDoesNotJudgeTheirOwnTalk(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, sc *scene) {
		slots := sc.open(sc.counsellor, tuesday())
		_, pupil := sc.family()
		id := sc.talked(sc.counsellor, pupil, slots[0]) // booked for a pupil who walked in
		_, err := sc.svc.GiveFeedback(t.Context(), sc.counsellor, id, model.HelpedYes, "")
		require.ErrorIs(t, err, model.NotFound("booking"))
	})
}

func TestOneOf200FeedbacksIsTheFirst(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, sc *scene) {
		slots := sc.open(sc.counsellor, tuesday())
		guardian, pupil := sc.family()
		child := sc.PupilAccount(pupil)
		id := sc.talked(guardian, pupil, slots[0])
		says := []model.Helped{model.HelpedYes, model.HelpedPartly, model.HelpedNo}
		errs := contend(200, func(i int) error {
			_, err := sc.replica(i).GiveFeedback(t.Context(), []model.Actor{guardian, child}[i%2], id, says[i%3], string(rune('a'+i)))
			return err
		})
		require.Equal(t, map[string]int{"": 1, "feedback_given": 199}, tally(t, errs))
		require.Equal(t, 1, sc.count(&model.BookingFeedback{}, "booking_id = ?", id))
	})
}

func TestAManagerSeesCountsOfWholeFivesOnly(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, sc *scene) {
		ctx := t.Context()
		say := func(helped model.Helped, n int) {
			for range n {
				sc.clock.Advance(time.Millisecond)
				sc.Insert(&model.BookingFeedback{BookingID: sc.st.NewID(), RoomID: sc.room.ID, AccountID: 1, Helped: helped, CreatedAt: sc.clock.Now()})
			}
		}
		counts := func() FeedbackCounts {
			c, err := sc.svc.Feedback(ctx, sc.manager, sc.room.ID)
			require.NoError(t, err)
			return c
		}
		say(model.HelpedYes, 4)
		require.Equal(t, FeedbackCounts{}, counts())
		say(model.HelpedYes, 1)
		five, nought := 5, 0
		require.Equal(t, FeedbackCounts{Total: &five, Yes: &five, Partly: &nought, No: &nought}, counts())
		say(model.HelpedNo, 4)
		require.Equal(t, &five, counts().Total, "the next five are not whole yet")
		say(model.HelpedYes, 1)
		c := counts()
		require.Equal(t, 10, *c.Total)
		require.Nil(t, c.No)
		require.Nil(t, c.Yes, "it would give away the four by the difference")
		_, err := sc.svc.Feedback(ctx, sc.Staff(model.RoleManager, sc.Tree().County), sc.room.ID)
		require.ErrorIs(t, err, model.NotFound("room"))
		_, err = sc.svc.Feedback(ctx, sc.counsellor, sc.room.ID)
		require.ErrorIs(t, err, model.NotFound("room"))
	})
}
