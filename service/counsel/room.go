package counsel

import (
	"cmp"
	"context"
	"fmt"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/unit"
)

// Room is a counselling room as its visitors see it.
type Room struct {
	ID              model.ID `json:"id"`
	UnitID          model.ID `json:"unitId"`
	Name            string   `json:"name"`
	Place           string   `json:"place"`
	Introduction    string   `json:"introduction"`
	OpenHours       string   `json:"openHours" doc:"In words"`
	MaxOpenBookings int      `json:"maxOpenBookings" doc:"How many talks to come one account can book for one person; staff and calls for help are not bound by it"`
	TalksAtOnce     int      `json:"talksAtOnce" doc:"How many talks in person the room has space for at a time"`
	Closed          bool     `json:"closed" doc:"No slots are opened any more"`
	Version         int      `json:"version" doc:"Send it back with a change"`
}

// RoomDetail is a room with its counsellors.
type RoomDetail struct {
	Room
	Counsellors []CounsellorCard `json:"counsellors"`
}

// CounsellorCard is what families see of a counsellor.
type CounsellorCard struct {
	ID           model.ID `json:"id" doc:"The counsellor's account"`
	RoomID       model.ID `json:"roomId"`
	Name         string   `json:"name"`
	Introduction string   `json:"introduction"`
	Version      int      `json:"version" doc:"Send it back with a change"`
}

// RoomIn describes a room.
type RoomIn struct {
	UnitID          model.ID `json:"-"` // where it belongs; fixed once it is made
	Name            string   `json:"name" minLength:"1" maxLength:"100"`
	Place           string   `json:"place,omitempty" maxLength:"200"`
	Introduction    string   `json:"introduction,omitempty" maxLength:"2000"`
	OpenHours       string   `json:"openHours,omitempty" maxLength:"200" doc:"In words"`
	MaxOpenBookings int      `json:"maxOpenBookings,omitempty" minimum:"1" maximum:"20" doc:"How many talks to come one account can book for one person; absent: 2, or as it is"`
	TalksAtOnce     int      `json:"talksAtOnce,omitempty" minimum:"1" maximum:"20" doc:"How many talks in person the room has space for at a time, as one with several booths; absent: 1, or as it is"`
	Closed          bool     `json:"closed,omitempty" doc:"Opens no slots any more"`
}

func roomView(r model.Room) Room {
	return Room{ID: r.ID, UnitID: r.UnitID, Name: r.Name, Place: r.Place, Introduction: r.Introduction, OpenHours: r.OpenHours, MaxOpenBookings: r.MaxOpenBookings,
		TalksAtOnce: r.TalksAtOnce, Closed: r.ClosedAt != nil, Version: r.Version}
}

func counsellorCard(c model.Counsellor) CounsellorCard {
	return CounsellorCard{ID: c.AccountID, RoomID: c.RoomID, Name: c.Name, Introduction: c.Introduction, Version: c.Version}
}

var errRoomName = model.Invalid("name", "name_malformed", "名称应是一行看得见的文字，不含特殊字符")

// plain brings the texts to the form in which they are kept.
func (in *RoomIn) plain() error {
	var ok bool
	if in.Name, ok = model.TitleText(in.Name); !ok {
		return errRoomName
	}
	for field, text := range map[string]*string{"place": &in.Place, "introduction": &in.Introduction, "openHours": &in.OpenHours} {
		if *text, ok = model.PostText(*text); !ok {
			return model.Invalid(field, "text_malformed", "内容里有不能显示的字符，请修改后再保存")
		}
	}
	return nil
}

var roomsInOrder = store.Ascending(func(r model.Room) store.Keys { return store.Keys{r.ID} }, "rooms.id")

// Rooms lists the rooms that the actor can see, with their counsellors; closed ones only for their managers.
func (s *Service) Rooms(ctx context.Context, actor model.Actor, in store.PageRequest) (store.Page[RoomDetail], error) {
	rows, next, err := roomsInOrder.Read(s.store.Read(ctx).Where(s.roomsVisibleTo(actor)).Where(s.openOrManaged(actor)), in)
	if err != nil {
		return store.Page[RoomDetail]{}, err
	}
	items, err := s.withCounsellors(ctx, rows)
	return store.Page[RoomDetail]{Items: items, NextCursor: next}, err
}

// withCounsellors shows rooms with who works in them.
func (s *Service) withCounsellors(ctx context.Context, rooms []model.Room) ([]RoomDetail, error) {
	ids := store.Each(rooms, func(r model.Room) model.ID { return r.ID })
	var rows []model.Counsellor
	if err := s.store.Read(ctx).Scopes(s.working).Where("counsellors.room_id IN ?", ids).Order("counsellors.account_id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list counsellors: %w", err)
	}
	byRoom := map[model.ID][]CounsellorCard{}
	for _, c := range rows {
		byRoom[c.RoomID] = append(byRoom[c.RoomID], counsellorCard(c))
	}
	return store.Each(rooms, func(r model.Room) RoomDetail {
		return RoomDetail{Room: roomView(r), Counsellors: append([]CounsellorCard{}, byRoom[r.ID]...)}
	}), nil
}

// openOrManaged keeps closed rooms from all but their managers.
func (s *Service) openOrManaged(actor model.Actor) store.Cond {
	return store.Any(store.Where("rooms.closed_at IS NULL"), s.managedBy(actor, "rooms.unit_id"))
}

// Room returns a room with its counsellors.
func (s *Service) Room(ctx context.Context, actor model.Actor, id model.ID) (RoomDetail, error) {
	var room model.Room
	err := s.store.Read(ctx).Where(s.roomsVisibleTo(actor)).Where(s.openOrManaged(actor)).Where("rooms.id = ?", id).Take(&room).Error
	if err != nil {
		return RoomDetail{}, store.Found(err, "room")
	}
	return store.Only(s.withCounsellors(ctx, []model.Room{room}))
}

// CreateRoom opens a room at a unit that the actor manages. A class has none.
func (s *Service) CreateRoom(ctx context.Context, actor model.Actor, in RoomIn) (Room, error) {
	if err := in.plain(); err != nil {
		return Room{}, err
	}
	now := s.store.Now()
	room := model.Room{ID: s.store.NewID(), UnitID: in.UnitID, Name: in.Name, Place: in.Place, Introduction: in.Introduction,
		OpenHours: in.OpenHours, MaxOpenBookings: in.MaxOpenBookings, TalksAtOnce: in.TalksAtOnce, Version: 1, CreatedAt: now, UpdatedAt: now}
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		place, err := unit.Get(tx, in.UnitID, unit.Below(actor.UnitsAs(now, model.RoleManager)...), unit.InUse())
		if err != nil {
			return err
		}
		if place.Kind == model.UnitClass {
			return model.Invalid("unitId", "unit_has_no_rooms", "班级不能设咨询室，请选择学校或辅导站")
		}
		return tx.Create(&room).Error
	})
	return roomView(room), err
}

// UpdateRoom changes a room that the actor manages. version is the one that the
// caller saw: a room that has changed since is refused with version_conflict,
// whose details are the room as it stands. Closing it withdraws its free slots;
// what is booked stays booked. One at a unit out of use is not opened again:
// unit_not_found, as for a new room.
func (s *Service) UpdateRoom(ctx context.Context, actor model.Actor, id model.ID, version int, in RoomIn) (Room, error) {
	if err := in.plain(); err != nil {
		return Room{}, err
	}
	var room model.Room
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		var err error
		if room, err = s.managedRoom(tx, actor, id); err != nil {
			return err
		}
		if room.Version != version {
			return model.Conflict("version_conflict", "咨询室已被他人修改，请对照后再改").WithDetails(roomView(room))
		}
		closing := in.Closed != (room.ClosedAt != nil)
		if closing && !in.Closed {
			if _, err := unit.Get(tx, room.UnitID, unit.InUse()); err != nil {
				return err
			}
		}
		room.Version++
		now := s.store.Now()
		room.Name, room.Place, room.Introduction, room.OpenHours, room.UpdatedAt = in.Name, in.Place, in.Introduction, in.OpenHours, now
		room.MaxOpenBookings = cmp.Or(in.MaxOpenBookings, room.MaxOpenBookings)
		grown := in.TalksAtOnce > room.TalksAtOnce
		room.TalksAtOnce = cmp.Or(in.TalksAtOnce, room.TalksAtOnce)
		if closing {
			room.ClosedAt = nil
			if in.Closed {
				room.ClosedAt = &now
			}
		}
		if err := tx.Save(&room).Error; err != nil {
			return err
		}
		if grown && room.ClosedAt == nil {
			if err := s.offerInRoom(tx, roomStretch{RoomID: id, From: now, To: now.Add(maxWait)}); err != nil {
				return err
			}
		}
		if !closing {
			return nil
		}
		var counsellors []model.ID
		if err := tx.Model(&model.Counsellor{}).Where("room_id = ?", id).Order("account_id").Pluck("account_id", &counsellors).Error; err != nil {
			return err
		}
		for _, c := range counsellors {
			if err := s.expand(tx, c); err != nil {
				return err
			}
		}
		return nil
	})
	return roomView(room), err
}

// managedRoom loads and locks a room that the actor manages.
func (s *Service) managedRoom(tx *gorm.DB, actor model.Actor, id model.ID) (model.Room, error) {
	var room model.Room
	err := s.store.ForUpdate(tx).Where(s.managedBy(actor, "rooms.unit_id")).Where("rooms.id = ?", id).Take(&room).Error
	return room, store.Found(err, "room")
}
