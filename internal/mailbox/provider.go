package mailbox

type Preset struct{ AuthServIDs []string }

func preset(id string) (Preset, bool) { return Preset{}, false }
