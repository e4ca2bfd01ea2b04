package emulator

import (
	"fmt"
	"strings"
	"time"
)

// The messages below have the form of WeChat's documents' examples.

// PermissionsEvent is what is pushed when the person has answered the
// question for messages: the replies ("accept", "reject") by template, in pairs.
// https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/subscribe-message.html
func PermissionsEvent(openID string, at time.Time, templateAndAnswer ...string) string {
	list := answers("<PopupScene>0</PopupScene>", templateAndAnswer)
	return event(openID, at, "subscribe_msg_popup_event", "<SubscribeMsgPopupEvent>"+list+"</SubscribeMsgPopupEvent>")
}

// PermissionsChangedEvent is what is pushed when the person has changed
// replies in WeChat's settings; the same document.
func PermissionsChangedEvent(openID string, at time.Time, templateAndAnswer ...string) string {
	list := answers("", templateAndAnswer)
	return event(openID, at, "subscribe_msg_change_event", "<SubscribeMsgChangeEvent>"+list+"</SubscribeMsgChangeEvent>")
}

func answers(rest string, templateAndAnswer []string) string {
	var list strings.Builder
	for i := 0; i+1 < len(templateAndAnswer); i += 2 {
		fmt.Fprintf(&list, "<List><TemplateId><![CDATA[%s]]></TemplateId><SubscribeStatusString><![CDATA[%s]]></SubscribeStatusString>%s</List>",
			templateAndAnswer[i], templateAndAnswer[i+1], rest)
	}
	return list.String()
}

// FollowEvent is what is pushed when the person begins to follow the official
// account or, with follows false, ends it.
func FollowEvent(openID string, at time.Time, follows bool) string {
	name := "unsubscribe"
	if follows {
		name = "subscribe"
	}
	return event(openID, at, name, "<EventKey><![CDATA[]]></EventKey>")
}

// MediaEvent is what is pushed when a picture has been judged: pass, review or risky.
func MediaEvent(openID string, at time.Time, appID, traceID, verdict string) string {
	return event(openID, at, "wxa_media_check", fmt.Sprintf("<appid><![CDATA[%s]]></appid><trace_id><![CDATA[%s]]></trace_id><version>2</version>"+
		"<detail><strategy><![CDATA[content_model]]></strategy><errcode>0</errcode><suggest><![CDATA[%s]]></suggest><label>100</label><prob>90</prob></detail>"+
		"<errcode>0</errcode><errmsg><![CDATA[ok]]></errmsg><result><suggest><![CDATA[%s]]></suggest><label>100</label></result>", appID, traceID, verdict, verdict))
}

func event(openID string, at time.Time, name, rest string) string {
	return fmt.Sprintf("<xml><ToUserName><![CDATA[gh_emulator]]></ToUserName><FromUserName><![CDATA[%s]]></FromUserName><CreateTime>%d</CreateTime>"+
		"<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[%s]]></Event>%s</xml>", openID, at.Unix(), name, rest)
}
