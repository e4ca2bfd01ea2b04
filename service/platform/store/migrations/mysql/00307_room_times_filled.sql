-- +goose Up
INSERT IGNORE INTO room_times (room_id, at, booth, slot_id)
SELECT b.room_id, TIMESTAMPADD(SECOND, p.bucket * 300, '1970-01-01 00:00:00'), 1, b.slot_id
FROM bookings b JOIN party_times p ON p.booking_id = b.id AND p.party_id = b.counsellor_id
WHERE b.status = 'booked' AND b.mode = 'in_person';

-- +goose Down
DELETE FROM room_times;
