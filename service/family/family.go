// Package family says who belongs to a pupil: the guardians, the pupil's own
// account, what they consent to, and at which telephone numbers adults can be
// reached. It alone reads and writes pupils, guardianships and consents; others
// compose its conditions and queries with their own. In them p is a pupil and g
// a guardianship.
//
// Consents are read by one rule that all domains share:
//
//   - An account's own data needs the account's consent.
//   - A pupil's data, where a guardian acts, needs that guardian's consent.
//   - Where the pupil's own account acts it needs its own consent from the age
//     of 14 on and, below it, that of any guardian.
//   - Where staff act for a pupil (a walk-in booking), a pupil under 14 needs the
//     consent of any guardian; an older one has asked for it in person.
//
// A consent holds until it is withdrawn, whatever version of the text it was given to.
package family
