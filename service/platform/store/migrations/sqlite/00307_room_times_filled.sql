-- +goose Up
INSERT OR IGNORE INTO room_times (room_id, at, booth, slot_id)
SELECT b.room_id, strftime('%Y-%m-%d %H:%M:%S', p.bucket * 300, 'unixepoch') || '+00:00', 1, b.slot_id
FROM bookings b JOIN party_times p ON p.booking_id = b.id AND p.party_id = b.counsellor_id
WHERE b.status = 'booked' AND b.mode = 'in_person';

-- +goose Down
DELETE FROM room_times;
