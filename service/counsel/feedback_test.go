package counsel

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/store/storetest"
)

// completed books the slot for the family's child and completes the booking.
func (b *bundle) completed(guardian model.Actor, pupil *model.Pupil, slot Slot) model.ID {
	b.t.Helper()
	booking, err := b.svc.Book(b.t.Context(), guardian, BookIn{SlotID: slot.ID, PupilID: pupil.ID})
	require.NoError(b.t, err)
	b.Set(&model.Booking{ID: booking.ID}, "status", model.BookingCompleted)
	return booking.ID
}

func TestFeedbackIsGivenOnceByWhoBookedOrCame(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		slots := b.open(b.counsellor, tuesday())
		guardian, pupil := b.family()
		child := b.PupilAccount(pupil)
		id := b.completed(guardian, pupil, slots[0])
		// given is what the actor's view says, which is the same in a list.
		given := func(t *testing.T, actor model.Actor) *bool {
			t.Helper()
			booking, err := b.svc.Booking(ctx, actor, id)
			require.NoError(t, err)
			page, err := b.svc.Bookings(ctx, actor, BookingsIn{})
			require.NoError(t, err)
			for _, listed := range page.Items {
				if listed.ID == id {
					require.Equal(t, booking.FeedbackGiven, listed.FeedbackGiven)
				}
			}
			return booking.FeedbackGiven
		}

		t.Run("not before the appointment", func(t *testing.T) {
			early := b.book(guardian, slots[1])
			_, err := b.svc.GiveFeedback(ctx, guardian, early.ID, model.HelpedYes, "")
			require.ErrorIs(t, err, errFeedbackEarly)
		})
		t.Run("not by others, whose refusal also carries the hotlines", func(t *testing.T) {
			stranger, _ := b.family()
			for _, other := range []model.Actor{stranger, b.counsellor, b.manager, b.Guardian(pupil)} {
				_, err := b.svc.GiveFeedback(ctx, other, id, model.HelpedYes, "我不想活了")
				require.ErrorIs(t, err, model.NotFound("booking"))
				var e *model.Error
				require.ErrorAs(t, err, &e)
				require.Equal(t, Hotlines(), e.Details.(Refusal).Hotlines)
			}
			require.False(t, *given(t, guardian))
		})

		feedback, err := b.svc.GiveFeedback(ctx, child, id, model.HelpedPartly, "老师很耐心")
		require.NoError(t, err)
		require.Equal(t, Hotlines(), feedback.Hotlines)
		t.Run("a repeat returns the same", func(t *testing.T) {
			again, err := b.svc.GiveFeedback(ctx, child, id, model.HelpedPartly, "老师很耐心")
			require.NoError(t, err)
			require.Equal(t, feedback, again)
		})
		t.Run("other words, or another's same words, are refused", func(t *testing.T) {
			_, err := b.svc.GiveFeedback(ctx, child, id, model.HelpedPartly, "改主意了")
			require.ErrorIs(t, err, errFeedbackGiven)
			_, err = b.svc.GiveFeedback(ctx, guardian, id, model.HelpedPartly, "老师很耐心")
			require.ErrorIs(t, err, errFeedbackGiven)
		})
		t.Run("only the family sees that it was given", func(t *testing.T) {
			require.True(t, *given(t, guardian))
			require.True(t, *given(t, child))
			require.Nil(t, given(t, b.counsellor))
			require.Nil(t, given(t, b.manager))
		})
		t.Run("the words are stored encrypted", func(t *testing.T) {
			var row model.BookingFeedback
			require.NoError(t, b.st.Read(ctx).Take(&row, "booking_id = ?", id).Error)
			require.NotContains(t, string(row.Content), "老师")
		})
	})
}

func TestACounsellorGivesNoFeedbackOnTheirOwnBooking(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		slots := b.open(b.counsellor, tuesday())
		_, pupil := b.family()
		id := b.completed(b.counsellor, pupil, slots[0]) // booked for a pupil who walked in
		_, err := b.svc.GiveFeedback(t.Context(), b.counsellor, id, model.HelpedYes, "")
		require.ErrorIs(t, err, model.NotFound("booking"))
	})
}

func TestOneOf200FeedbacksIsTheFirst(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		slots := b.open(b.counsellor, tuesday())
		guardian, pupil := b.family()
		child := b.PupilAccount(pupil)
		id := b.completed(guardian, pupil, slots[0])
		says := []model.Helped{model.HelpedYes, model.HelpedPartly, model.HelpedNo}
		errs := storetest.Contend(200, func(i int) error {
			_, err := b.replica(i).GiveFeedback(t.Context(), []model.Actor{guardian, child}[i%2], id, says[i%3], string(rune('a'+i)))
			return err
		})
		require.Equal(t, map[string]int{"": 1, "feedback_given": 199}, storetest.Codes(t, errs))
		require.Equal(t, 1, b.Count(&model.BookingFeedback{}, "booking_id = ?", id))
	})
}

func TestAManagerSeesFeedbackCountsInStepsOfFive(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		say := func(helped model.Helped, n int) {
			for range n {
				b.clock.Advance(time.Millisecond)
				b.Insert(&model.BookingFeedback{BookingID: b.st.NewID(), RoomID: b.room.ID, AccountID: 1, Helped: helped, CreatedAt: b.clock.Now()})
			}
		}
		counts := func() FeedbackCounts {
			c, err := b.svc.Feedback(ctx, b.manager, b.room.ID)
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
		_, err := b.svc.Feedback(ctx, b.Staff(model.RoleManager, b.Tree().County), b.room.ID)
		require.ErrorIs(t, err, model.NotFound("room"))
		_, err = b.svc.Feedback(ctx, b.counsellor, b.room.ID)
		require.ErrorIs(t, err, model.NotFound("room"))
	})
}
