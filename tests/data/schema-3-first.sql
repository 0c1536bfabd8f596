-- A store of schema 3 with the first tables of deliveries and subscriptions (0d22bf7).
BEGIN TRANSACTION;
CREATE TABLE api_keys (
	id VARCHAR NOT NULL,
	project_id VARCHAR NOT NULL,
	name VARCHAR NOT NULL,
	role VARCHAR(6) NOT NULL,
	token_hash VARCHAR NOT NULL,
	last4 VARCHAR NOT NULL,
	created VARCHAR NOT NULL,
	created_by VARCHAR,
	last_used VARCHAR,
	PRIMARY KEY (id),
	FOREIGN KEY(project_id) REFERENCES projects (id),
	UNIQUE (token_hash)
);
INSERT INTO "api_keys" VALUES('key_01m8na9hs1wcqsm88y1xrcnaj1','prj_01m8na9dmx9xc5haj9b628hxs0','filler','admin','7f17ad7bf3060b1ed7aff133b0fd313cfaa2a5021a2861c6ec528b042721b950','rcH9','2026-11-30T04:09:31.682Z',NULL,'2026-11-30T04:09:33.080Z');
CREATE TABLE armed_triggers (
	flow_id VARCHAR NOT NULL,
	"trigger" VARCHAR NOT NULL,
	project_id VARCHAR NOT NULL,
	definition VARCHAR NOT NULL,
	armed BOOLEAN NOT NULL,
	error VARCHAR,
	PRIMARY KEY (flow_id, "trigger")
);
CREATE TABLE catalogues (
	id VARCHAR NOT NULL,
	project_id VARCHAR NOT NULL,
	name VARCHAR NOT NULL,
	definition VARCHAR NOT NULL,
	source VARCHAR NOT NULL,
	created VARCHAR NOT NULL,
	updated VARCHAR NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE connections (
	id VARCHAR NOT NULL,
	project_id VARCHAR NOT NULL,
	name VARCHAR NOT NULL,
	piece VARCHAR NOT NULL,
	secret BLOB NOT NULL,
	status VARCHAR NOT NULL,
	error VARCHAR,
	created VARCHAR NOT NULL,
	updated VARCHAR NOT NULL,
	checked VARCHAR,
	PRIMARY KEY (id),
	FOREIGN KEY(project_id) REFERENCES projects (id)
);
INSERT INTO "connections" VALUES('con_01m8na9k67qenq758h70mpf3xv','prj_01m8na9dmx9xc5haj9b628hxs0','orders-signing','webhook',X'01EB6EBEAA37EE1583CC6C88C59546CDDB194D7EB06C06BC3F746881ED9CD5C406D34F35459870AF1024A8084D3F0081A3F91D13C0608650041293D868FF07B0E8','unchecked',NULL,'2026-11-30T04:09:33.127Z','2026-11-30T04:09:33.127Z',NULL);
CREATE TABLE dedupe (
	flow_id VARCHAR NOT NULL,
	"key" VARCHAR NOT NULL,
	run_id VARCHAR NOT NULL,
	created VARCHAR NOT NULL,
	PRIMARY KEY (flow_id, "key")
);
INSERT INTO "dedupe" VALUES('flow_01m8na9k6njjd8za5cw0951fpj','own:order paid','run_01m8na9kc2yrj6tdrtzmanzxr7','2026-11-30T04:09:33.314Z');
INSERT INTO "dedupe" VALUES('flow_01m8na9k6njjd8za5cw0951fpj','own:order later','run_01m8na9kcyjhr0mvhmw9ntq4hn','2026-11-30T04:09:33.342Z');
INSERT INTO "dedupe" VALUES('flow_01m8na9k6njjd8za5cw0951fpj','own:order broken','run_01m8na9kdh556g5ktyq3cs28qb','2026-11-30T04:09:33.361Z');
INSERT INTO "dedupe" VALUES('flow_01m8na9k6njjd8za5cw0951fpj','own:order unheard of','run_01m8na9kpdbkrej8txf7xrm7qw','2026-11-30T04:09:33.645Z');
CREATE TABLE deliveries (
	id VARCHAR NOT NULL,
	destination_id VARCHAR NOT NULL,
	project_id VARCHAR,
	event_id VARCHAR NOT NULL,
	action VARCHAR NOT NULL,
	status VARCHAR NOT NULL,
	reason VARCHAR NOT NULL,
	order_key VARCHAR,
	attempts INTEGER NOT NULL,
	next_at VARCHAR,
	created VARCHAR NOT NULL,
	finished VARCHAR,
	PRIMARY KEY (id)
);
CREATE TABLE delivery_attempts (
	delivery_id VARCHAR NOT NULL,
	number INTEGER NOT NULL,
	destination_id VARCHAR NOT NULL,
	started VARCHAR NOT NULL,
	kind VARCHAR NOT NULL,
	status INTEGER,
	error VARCHAR,
	duration_ms FLOAT NOT NULL,
	phases VARCHAR NOT NULL,
	request BLOB NOT NULL,
	answer BLOB NOT NULL,
	retry_at VARCHAR,
	why VARCHAR NOT NULL,
	manual BOOLEAN NOT NULL,
	PRIMARY KEY (delivery_id, number)
);
CREATE TABLE destinations (
	id VARCHAR NOT NULL,
	project_id VARCHAR,
	name VARCHAR NOT NULL,
	kind VARCHAR NOT NULL,
	url VARCHAR NOT NULL,
	events VARCHAR NOT NULL,
	format VARCHAR NOT NULL,
	headers BLOB NOT NULL,
	secret BLOB NOT NULL,
	verification VARCHAR NOT NULL,
	status VARCHAR NOT NULL,
	reason VARCHAR NOT NULL,
	options VARCHAR NOT NULL,
	failing_since VARCHAR,
	last_delivered VARCHAR,
	last_failed VARCHAR,
	creator VARCHAR,
	created VARCHAR NOT NULL,
	updated VARCHAR NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE draft_edits (
	id VARCHAR NOT NULL,
	flow_id VARCHAR NOT NULL,
	project_id VARCHAR NOT NULL,
	number INTEGER NOT NULL,
	command VARCHAR NOT NULL,
	sentence VARCHAR NOT NULL,
	args VARCHAR,
	"offset" INTEGER NOT NULL,
	removed VARCHAR NOT NULL,
	inserted VARCHAR NOT NULL,
	revision INTEGER NOT NULL,
	user_id VARCHAR,
	created VARCHAR NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(flow_id) REFERENCES flows (id)
);
INSERT INTO "draft_edits" VALUES('edt_01m8na9kyeew3rge9tj24zehne','flow_01m8na9k6njjd8za5cw0951fpj','prj_01m8na9dmx9xc5haj9b628hxs0',1,'set_name','Renamed the flow to “Orders of the shop”','{"name":"Orders of the shop"}',34,'',' of the shop',2,'key_01m8na9hs1wcqsm88y1xrcnaj1','2026-11-30T04:09:33.902Z');
INSERT INTO "draft_edits" VALUES('edt_01m8na9m5e6szye4cenyhn7e0q','flow_01m8na9k6njjd8za5cw0951fpj','prj_01m8na9dmx9xc5haj9b628hxs0',2,'set_name','Renamed the flow to “Orders of two shops”','{"name":"Orders of two shops"}',39,'he shop','wo shops',4,'key_01m8na9hs1wcqsm88y1xrcnaj1','2026-11-30T04:09:34.127Z');
CREATE TABLE events (
	id VARCHAR NOT NULL,
	action VARCHAR NOT NULL,
	project_id VARCHAR,
	user_id VARCHAR,
	envelope BLOB NOT NULL,
	lineage VARCHAR DEFAULT '[]' NOT NULL,
	created VARCHAR NOT NULL,
	PRIMARY KEY (id)
);
INSERT INTO "events" VALUES('evt_01m8na9dmzdtn940gmq51zhbsn','project.created','prj_01m8na9dmx9xc5haj9b628hxs0',NULL,CAST('{"id":"evt_01m8na9dmzdtn940gmq51zhbsn","created":"2026-11-30T04:09:27.455Z","updated":"2026-11-30T04:09:27.455Z","action":"project.created","platformId":"switchyard","projectId":"prj_01m8na9dmx9xc5haj9b628hxs0","data":{"project":{"id":"prj_01m8na9dmx9xc5haj9b628hxs0","displayName":"Default"}}}' AS BLOB),'[]','2026-11-30T04:09:27.455Z');
INSERT INTO "events" VALUES('evt_01m8na9dwvt5yg6pa7v32agqhw','user.signed.up',NULL,'usr_01m8na9dwp99q6mkrf5kw84h8w',CAST('{"id":"evt_01m8na9dwvt5yg6pa7v32agqhw","created":"2026-11-30T04:09:27.707Z","updated":"2026-11-30T04:09:27.707Z","action":"user.signed.up","platformId":"switchyard","userId":"usr_01m8na9dwp99q6mkrf5kw84h8w","userEmail":"admin@example.com","data":{"user":{"id":"usr_01m8na9dwp99q6mkrf5kw84h8w","email":"admin@example.com","displayName":"admin","firstName":"admin","lastName":""},"source":"credentials"}}' AS BLOB),'[]','2026-11-30T04:09:27.707Z');
INSERT INTO "events" VALUES('evt_01m8na9hs9jhkgnz7pxv6dekqp','api_key.created','prj_01m8na9dmx9xc5haj9b628hxs0',NULL,CAST('{"id":"evt_01m8na9hs9jhkgnz7pxv6dekqp","created":"2026-11-30T04:09:31.689Z","updated":"2026-11-30T04:09:31.689Z","action":"api_key.created","platformId":"switchyard","projectId":"prj_01m8na9dmx9xc5haj9b628hxs0","data":{"apiKey":{"id":"key_01m8na9hs1wcqsm88y1xrcnaj1","displayName":"filler","role":"admin","last4":"rcH9"}}}' AS BLOB),'[]','2026-11-30T04:09:31.689Z');
INSERT INTO "events" VALUES('evt_01m8na9k6cbdfp6935g37qs75g','connection.upserted','prj_01m8na9dmx9xc5haj9b628hxs0',NULL,CAST('{"id":"evt_01m8na9k6cbdfp6935g37qs75g","created":"2026-11-30T04:09:33.132Z","updated":"2026-11-30T04:09:33.132Z","action":"connection.upserted","platformId":"switchyard","projectId":"prj_01m8na9dmx9xc5haj9b628hxs0","ip":"127.0.0.1","data":{"connection":{"id":"con_01m8na9k67qenq758h70mpf3xv","displayName":"orders-signing","externalId":"orders-signing","pieceName":"webhook","status":"UNCHECKED","type":"CUSTOM_AUTH","created":"2026-11-30T04:09:33.127Z","updated":"2026-11-30T04:09:33.127Z"}}}' AS BLOB),'[]','2026-11-30T04:09:33.132Z');
INSERT INTO "events" VALUES('evt_01m8na9k707a73asdxva38zraz','flow.created','prj_01m8na9dmx9xc5haj9b628hxs0',NULL,CAST('{"id":"evt_01m8na9k707a73asdxva38zraz","created":"2026-11-30T04:09:33.152Z","updated":"2026-11-30T04:09:33.152Z","action":"flow.created","platformId":"switchyard","projectId":"prj_01m8na9dmx9xc5haj9b628hxs0","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na9k6njjd8za5cw0951fpj","externalId":"flow_01m8na9k6njjd8za5cw0951fpj","displayName":"Orders","created":"2026-11-30T04:09:33.141Z","updated":"2026-11-30T04:09:33.142Z"}}}' AS BLOB),'[]','2026-11-30T04:09:33.152Z');
INSERT INTO "events" VALUES('evt_01m8na9kb4dz2y41e6x1q7y7e7','flow.published','prj_01m8na9dmx9xc5haj9b628hxs0',NULL,CAST('{"id":"evt_01m8na9kb4dz2y41e6x1q7y7e7","created":"2026-11-30T04:09:33.284Z","updated":"2026-11-30T04:09:33.284Z","action":"flow.published","platformId":"switchyard","projectId":"prj_01m8na9dmx9xc5haj9b628hxs0","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na9k6njjd8za5cw0951fpj","externalId":"flow_01m8na9k6njjd8za5cw0951fpj","displayName":"Orders","created":"2026-11-30T04:09:33.141Z","updated":"2026-11-30T04:09:33.275Z"},"flowVersion":{"id":"ver_01m8na9katz6m66ama4xrwbbqj","displayName":"Orders","flowId":"flow_01m8na9k6njjd8za5cw0951fpj","number":1,"created":"2026-11-30T04:09:33.141Z","updated":"2026-11-30T04:09:33.275Z"}}}' AS BLOB),'[]','2026-11-30T04:09:33.284Z');
INSERT INTO "events" VALUES('evt_01m8na9kb5wcangy7s8jfmt092','flow.activated','prj_01m8na9dmx9xc5haj9b628hxs0',NULL,CAST('{"id":"evt_01m8na9kb5wcangy7s8jfmt092","created":"2026-11-30T04:09:33.285Z","updated":"2026-11-30T04:09:33.285Z","action":"flow.activated","platformId":"switchyard","projectId":"prj_01m8na9dmx9xc5haj9b628hxs0","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na9k6njjd8za5cw0951fpj","externalId":"flow_01m8na9k6njjd8za5cw0951fpj","displayName":"Orders","created":"2026-11-30T04:09:33.141Z","updated":"2026-11-30T04:09:33.284Z"},"flowVersion":{"id":"ver_01m8na9katz6m66ama4xrwbbqj","displayName":"Orders","flowId":"flow_01m8na9k6njjd8za5cw0951fpj","number":1,"created":"2026-11-30T04:09:33.141Z","updated":"2026-11-30T04:09:33.284Z"}}}' AS BLOB),'[]','2026-11-30T04:09:33.285Z');
INSERT INTO "events" VALUES('evt_01m8na9kpapxffxjq38rr14z2t','flow.run.failed','prj_01m8na9dmx9xc5haj9b628hxs0',NULL,CAST('{"id":"evt_01m8na9kpapxffxjq38rr14z2t","created":"2026-11-30T04:09:33.630Z","updated":"2026-11-30T04:09:33.630Z","action":"flow.run.failed","platformId":"switchyard","projectId":"prj_01m8na9dmx9xc5haj9b628hxs0","data":{"flowRun":{"id":"run_01m8na9kdh556g5ktyq3cs28qb","startTime":"2026-11-30T04:09:33.363Z","finishTime":"2026-11-30T04:09:33.630Z","duration":267,"environment":"PRODUCTION","flowId":"flow_01m8na9k6njjd8za5cw0951fpj","flowVersionId":"ver_01m8na9katz6m66ama4xrwbbqj","flowDisplayName":"Orders","status":"FAILED","triggeredBy":"webhook","stepNameToTest":null,"unrouted":false,"warnings":0,"error":{"step":"call","message":"127.0.0.1 is not a public address; SWITCHYARD_EGRESS_ALLOW names the private ones in use"}}}}' AS BLOB),'[]','2026-11-30T04:09:33.630Z');
INSERT INTO "events" VALUES('evt_01m8na9kvga2ycc6ej0h81x0fk','flow.run.unrouted','prj_01m8na9dmx9xc5haj9b628hxs0',NULL,CAST('{"id":"evt_01m8na9kvga2ycc6ej0h81x0fk","created":"2026-11-30T04:09:33.808Z","updated":"2026-11-30T04:09:33.808Z","action":"flow.run.unrouted","platformId":"switchyard","projectId":"prj_01m8na9dmx9xc5haj9b628hxs0","data":{"flowRun":{"id":"run_01m8na9kpdbkrej8txf7xrm7qw","startTime":"2026-11-30T04:09:33.808Z","finishTime":"2026-11-30T04:09:33.808Z","duration":0,"environment":"PRODUCTION","flowId":"flow_01m8na9k6njjd8za5cw0951fpj","flowVersionId":"ver_01m8na9katz6m66ama4xrwbbqj","flowDisplayName":"Orders","status":"SUCCEEDED","triggeredBy":"webhook","stepNameToTest":null,"unrouted":true,"warnings":0,"error":null}}}' AS BLOB),'[]','2026-11-30T04:09:33.808Z');
INSERT INTO "events" VALUES('evt_01m8na9kypr1ykyh3mnk9xdt4b','flow.updated','prj_01m8na9dmx9xc5haj9b628hxs0',NULL,CAST('{"id":"evt_01m8na9kypr1ykyh3mnk9xdt4b","created":"2026-11-30T04:09:33.910Z","updated":"2026-11-30T04:09:33.910Z","action":"flow.updated","platformId":"switchyard","projectId":"prj_01m8na9dmx9xc5haj9b628hxs0","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na9k6njjd8za5cw0951fpj","externalId":"flow_01m8na9k6njjd8za5cw0951fpj","displayName":"Orders of the shop","created":"2026-11-30T04:09:33.141Z","updated":"2026-11-30T04:09:33.900Z"},"request":{"type":"SET_NAME","request":{"revision":2,"sentence":"Renamed the flow to “Orders of the shop”","args":{"name":"Orders of the shop"}}}}}' AS BLOB),'[]','2026-11-30T04:09:33.910Z');
INSERT INTO "events" VALUES('evt_01m8na9m5kv5633qf1zx5vjya1','flow.updated','prj_01m8na9dmx9xc5haj9b628hxs0',NULL,CAST('{"id":"evt_01m8na9m5kv5633qf1zx5vjya1","created":"2026-11-30T04:09:34.131Z","updated":"2026-11-30T04:09:34.131Z","action":"flow.updated","platformId":"switchyard","projectId":"prj_01m8na9dmx9xc5haj9b628hxs0","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na9k6njjd8za5cw0951fpj","externalId":"flow_01m8na9k6njjd8za5cw0951fpj","displayName":"Orders of two shops","created":"2026-11-30T04:09:33.141Z","updated":"2026-11-30T04:09:34.126Z"},"request":{"type":"SET_NAME","request":{"revision":3,"sentence":"Renamed the flow to “Orders of two shops”","args":{"name":"Orders of two shops"}}}}}' AS BLOB),'[]','2026-11-30T04:09:34.131Z');
INSERT INTO "events" VALUES('evt_01m8na9maq4a0sr1g34mnwagy2','flow.updated','prj_01m8na9dmx9xc5haj9b628hxs0',NULL,CAST('{"id":"evt_01m8na9maq4a0sr1g34mnwagy2","created":"2026-11-30T04:09:34.295Z","updated":"2026-11-30T04:09:34.295Z","action":"flow.updated","platformId":"switchyard","projectId":"prj_01m8na9dmx9xc5haj9b628hxs0","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na9k6njjd8za5cw0951fpj","externalId":"flow_01m8na9k6njjd8za5cw0951fpj","displayName":"Orders of the shop","created":"2026-11-30T04:09:33.141Z","updated":"2026-11-30T04:09:34.294Z"},"request":{"type":"UNDO","request":{"revision":4,"sentence":"Undid: Renamed the flow to “Orders of two shops”"}}}}' AS BLOB),'[]','2026-11-30T04:09:34.295Z');
INSERT INTO "events" VALUES('evt_01m8na9mf777538jsaqqv7834d','flow.created','prj_01m8na9dmx9xc5haj9b628hxs0',NULL,CAST('{"id":"evt_01m8na9mf777538jsaqqv7834d","created":"2026-11-30T04:09:34.439Z","updated":"2026-11-30T04:09:34.439Z","action":"flow.created","platformId":"switchyard","projectId":"prj_01m8na9dmx9xc5haj9b628hxs0","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na9mf7yr4a0trafp2xs7pz","externalId":"flow_01m8na9mf7yr4a0trafp2xs7pz","displayName":"Agents","created":"2026-11-30T04:09:34.439Z","updated":"2026-11-30T04:09:34.439Z"}}}' AS BLOB),'[]','2026-11-30T04:09:34.439Z');
INSERT INTO "events" VALUES('evt_01m8na9mfdf0cvj79fs8sydcx3','flow.published','prj_01m8na9dmx9xc5haj9b628hxs0',NULL,CAST('{"id":"evt_01m8na9mfdf0cvj79fs8sydcx3","created":"2026-11-30T04:09:34.445Z","updated":"2026-11-30T04:09:34.445Z","action":"flow.published","platformId":"switchyard","projectId":"prj_01m8na9dmx9xc5haj9b628hxs0","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na9mf7yr4a0trafp2xs7pz","externalId":"flow_01m8na9mf7yr4a0trafp2xs7pz","displayName":"Agents","created":"2026-11-30T04:09:34.439Z","updated":"2026-11-30T04:09:34.445Z"},"flowVersion":{"id":"ver_01m8na9mfcc7vq5tmzcwt1g2rj","displayName":"Agents","flowId":"flow_01m8na9mf7yr4a0trafp2xs7pz","number":1,"created":"2026-11-30T04:09:34.439Z","updated":"2026-11-30T04:09:34.445Z"}}}' AS BLOB),'[]','2026-11-30T04:09:34.445Z');
INSERT INTO "events" VALUES('evt_01m8na9mfejtb76xjyxvsw2mag','flow.activated','prj_01m8na9dmx9xc5haj9b628hxs0',NULL,CAST('{"id":"evt_01m8na9mfejtb76xjyxvsw2mag","created":"2026-11-30T04:09:34.446Z","updated":"2026-11-30T04:09:34.446Z","action":"flow.activated","platformId":"switchyard","projectId":"prj_01m8na9dmx9xc5haj9b628hxs0","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na9mf7yr4a0trafp2xs7pz","externalId":"flow_01m8na9mf7yr4a0trafp2xs7pz","displayName":"Agents","created":"2026-11-30T04:09:34.439Z","updated":"2026-11-30T04:09:34.445Z"},"flowVersion":{"id":"ver_01m8na9mfcc7vq5tmzcwt1g2rj","displayName":"Agents","flowId":"flow_01m8na9mf7yr4a0trafp2xs7pz","number":1,"created":"2026-11-30T04:09:34.439Z","updated":"2026-11-30T04:09:34.445Z"}}}' AS BLOB),'[]','2026-11-30T04:09:34.446Z');
INSERT INTO "events" VALUES('evt_01m8na9mgx3g698dakx4dtsj2h','flow.created','prj_01m8na9dmx9xc5haj9b628hxs0',NULL,CAST('{"id":"evt_01m8na9mgx3g698dakx4dtsj2h","created":"2026-11-30T04:09:34.493Z","updated":"2026-11-30T04:09:34.493Z","action":"flow.created","platformId":"switchyard","projectId":"prj_01m8na9dmx9xc5haj9b628hxs0","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na9mgwc663tk5fj8hyj9ne","externalId":"flow_01m8na9mgwc663tk5fj8hyj9ne","displayName":"Switched off","created":"2026-11-30T04:09:34.492Z","updated":"2026-11-30T04:09:34.492Z"}}}' AS BLOB),'[]','2026-11-30T04:09:34.493Z');
INSERT INTO "events" VALUES('evt_01m8na9mhd2fzj1amzm8z9qtwz','flow.published','prj_01m8na9dmx9xc5haj9b628hxs0',NULL,CAST('{"id":"evt_01m8na9mhd2fzj1amzm8z9qtwz","created":"2026-11-30T04:09:34.509Z","updated":"2026-11-30T04:09:34.509Z","action":"flow.published","platformId":"switchyard","projectId":"prj_01m8na9dmx9xc5haj9b628hxs0","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na9mgwc663tk5fj8hyj9ne","externalId":"flow_01m8na9mgwc663tk5fj8hyj9ne","displayName":"Switched off","created":"2026-11-30T04:09:34.492Z","updated":"2026-11-30T04:09:34.509Z"},"flowVersion":{"id":"ver_01m8na9mhc1fqxsy218sjct83a","displayName":"Switched off","flowId":"flow_01m8na9mgwc663tk5fj8hyj9ne","number":1,"created":"2026-11-30T04:09:34.492Z","updated":"2026-11-30T04:09:34.509Z"}}}' AS BLOB),'[]','2026-11-30T04:09:34.509Z');
INSERT INTO "events" VALUES('evt_01m8na9mhees1x35jggdcwb65m','flow.activated','prj_01m8na9dmx9xc5haj9b628hxs0',NULL,CAST('{"id":"evt_01m8na9mhees1x35jggdcwb65m","created":"2026-11-30T04:09:34.510Z","updated":"2026-11-30T04:09:34.510Z","action":"flow.activated","platformId":"switchyard","projectId":"prj_01m8na9dmx9xc5haj9b628hxs0","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na9mgwc663tk5fj8hyj9ne","externalId":"flow_01m8na9mgwc663tk5fj8hyj9ne","displayName":"Switched off","created":"2026-11-30T04:09:34.492Z","updated":"2026-11-30T04:09:34.509Z"},"flowVersion":{"id":"ver_01m8na9mhc1fqxsy218sjct83a","displayName":"Switched off","flowId":"flow_01m8na9mgwc663tk5fj8hyj9ne","number":1,"created":"2026-11-30T04:09:34.492Z","updated":"2026-11-30T04:09:34.509Z"}}}' AS BLOB),'[]','2026-11-30T04:09:34.510Z');
INSERT INTO "events" VALUES('evt_01m8na9mhz7qknz39pgd1zs49a','flow.deactivated','prj_01m8na9dmx9xc5haj9b628hxs0',NULL,CAST('{"id":"evt_01m8na9mhz7qknz39pgd1zs49a","created":"2026-11-30T04:09:34.527Z","updated":"2026-11-30T04:09:34.527Z","action":"flow.deactivated","platformId":"switchyard","projectId":"prj_01m8na9dmx9xc5haj9b628hxs0","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na9mgwc663tk5fj8hyj9ne","externalId":"flow_01m8na9mgwc663tk5fj8hyj9ne","displayName":"Switched off","created":"2026-11-30T04:09:34.492Z","updated":"2026-11-30T04:09:34.526Z"},"flowVersion":{"id":"ver_01m8na9mhc1fqxsy218sjct83a","displayName":"Switched off","flowId":"flow_01m8na9mgwc663tk5fj8hyj9ne","number":1,"created":"2026-11-30T04:09:34.492Z","updated":"2026-11-30T04:09:34.526Z"}}}' AS BLOB),'[]','2026-11-30T04:09:34.527Z');
INSERT INTO "events" VALUES('evt_01m8na9mjdxtt8ecztrqh72yrf','flow.created','prj_01m8na9dmx9xc5haj9b628hxs0',NULL,CAST('{"id":"evt_01m8na9mjdxtt8ecztrqh72yrf","created":"2026-11-30T04:09:34.541Z","updated":"2026-11-30T04:09:34.541Z","action":"flow.created","platformId":"switchyard","projectId":"prj_01m8na9dmx9xc5haj9b628hxs0","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na9mjdzmc69m28k4e5wyw0","externalId":"flow_01m8na9mjdzmc69m28k4e5wyw0","displayName":"Deleted","created":"2026-11-30T04:09:34.541Z","updated":"2026-11-30T04:09:34.541Z"}}}' AS BLOB),'[]','2026-11-30T04:09:34.541Z');
INSERT INTO "events" VALUES('evt_01m8na9mjx98gakk3a6saa4rvg','flow.deleted','prj_01m8na9dmx9xc5haj9b628hxs0',NULL,CAST('{"id":"evt_01m8na9mjx98gakk3a6saa4rvg","created":"2026-11-30T04:09:34.557Z","updated":"2026-11-30T04:09:34.557Z","action":"flow.deleted","platformId":"switchyard","projectId":"prj_01m8na9dmx9xc5haj9b628hxs0","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na9mjdzmc69m28k4e5wyw0","externalId":"flow_01m8na9mjdzmc69m28k4e5wyw0","displayName":"Deleted","created":"2026-11-30T04:09:34.541Z","updated":"2026-11-30T04:09:34.541Z"}}}' AS BLOB),'[]','2026-11-30T04:09:34.557Z');
CREATE TABLE flow_versions (
	id VARCHAR NOT NULL,
	project_id VARCHAR NOT NULL,
	flow_id VARCHAR NOT NULL,
	number INTEGER NOT NULL,
	definition VARCHAR NOT NULL,
	digest VARCHAR NOT NULL,
	note VARCHAR NOT NULL,
	created VARCHAR NOT NULL,
	created_by VARCHAR,
	PRIMARY KEY (id),
	FOREIGN KEY(project_id) REFERENCES projects (id),
	FOREIGN KEY(flow_id) REFERENCES flows (id)
);
INSERT INTO "flow_versions" VALUES('ver_01m8na9katz6m66ama4xrwbbqj','prj_01m8na9dmx9xc5haj9b628hxs0','flow_01m8na9k6njjd8za5cw0951fpj',1,'{
  "format": 1,
  "name": "Orders",
  "triggers": [
    {
      "name": "webhook",
      "piece": "webhook",
      "trigger": "catch",
      "input": {
        "verify": {
          "scheme": "github",
          "connection": "orders-signing"
        },
        "dedupe": "trigger.body.id"
      }
    }
  ],
  "start": "by_kind",
  "steps": {
    "by_kind": {
      "type": "router",
      "key": "trigger.body.kind",
      "branches": [
        {
          "name": "Paid",
          "case": [
            "paid"
          ],
          "next": "remember"
        },
        {
          "name": "Later",
          "case": [
            "later"
          ],
          "next": "wait"
        },
        {
          "name": "Broken",
          "case": [
            "broken"
          ],
          "next": "call"
        }
      ],
      "next": null
    },
    "remember": {
      "type": "action",
      "piece": "store",
      "action": "put",
      "input": {
        "key": "last order",
        "value": "{{ trigger.body.id }}"
      },
      "next": "total"
    },
    "total": {
      "type": "action",
      "piece": "data",
      "action": "compose",
      "input": {
        "value": {
          "order": "{{ trigger.body.id }}"
        }
      },
      "next": null
    },
    "wait": {
      "type": "action",
      "piece": "delay",
      "action": "delay_for",
      "input": {
        "duration": 9,
        "unit": "days"
      },
      "next": null
    },
    "call": {
      "type": "action",
      "piece": "http",
      "action": "request",
      "input": {
        "method": "GET",
        "url": "http://127.0.0.1:9/refused"
      },
      "next": null
    }
  },
  "samples": {
    "paid": {
      "body": {
        "kind": "paid",
        "id": "o-1"
      }
    }
  }
}
','6248cc37eb20cbca84044e5ed4af67c72e6c9efae1c00a0037b8d5f060f3c4a6','','2026-11-30T04:09:33.274Z','key_01m8na9hs1wcqsm88y1xrcnaj1');
INSERT INTO "flow_versions" VALUES('ver_710d3e51d405d1e5630a0953b7','prj_01m8na9dmx9xc5haj9b628hxs0','flow_01m8na9k6njjd8za5cw0951fpj',0,'{
  "format": 1,
  "name": "Orders",
  "triggers": [
    {
      "name": "webhook",
      "piece": "webhook",
      "trigger": "catch",
      "input": {
        "verify": {
          "scheme": "github",
          "connection": "orders-signing"
        },
        "dedupe": "trigger.body.id"
      }
    }
  ],
  "start": "by_kind",
  "steps": {
    "by_kind": {
      "type": "router",
      "key": "trigger.body.kind",
      "branches": [
        {
          "name": "Paid",
          "case": [
            "paid"
          ],
          "next": "remember"
        },
        {
          "name": "Later",
          "case": [
            "later"
          ],
          "next": "wait"
        },
        {
          "name": "Broken",
          "case": [
            "broken"
          ],
          "next": "call"
        }
      ],
      "next": null
    },
    "remember": {
      "type": "action",
      "piece": "store",
      "action": "put",
      "input": {
        "key": "last order",
        "value": "{{ trigger.body.id }}"
      },
      "next": "total"
    },
    "total": {
      "type": "action",
      "piece": "data",
      "action": "compose",
      "input": {
        "value": {
          "order": "{{ trigger.body.id }}"
        }
      },
      "next": null
    },
    "wait": {
      "type": "action",
      "piece": "delay",
      "action": "delay_for",
      "input": {
        "duration": 9,
        "unit": "days"
      },
      "next": null
    },
    "call": {
      "type": "action",
      "piece": "http",
      "action": "request",
      "input": {
        "method": "GET",
        "url": "http://127.0.0.1:9/refused"
      },
      "next": null
    }
  },
  "samples": {
    "paid": {
      "body": {
        "kind": "paid",
        "id": "o-1"
      }
    }
  }
}
','6248cc37eb20cbca84044e5ed4af67c72e6c9efae1c00a0037b8d5f060f3c4a6','','2026-11-30T04:09:33.872Z','key_01m8na9hs1wcqsm88y1xrcnaj1');
INSERT INTO "flow_versions" VALUES('ver_01m8na9mfcc7vq5tmzcwt1g2rj','prj_01m8na9dmx9xc5haj9b628hxs0','flow_01m8na9mf7yr4a0trafp2xs7pz',1,'{
  "format": 1,
  "name": "Agents",
  "description": "Routes 1 of the events that Deck sends.",
  "triggers": [
    {
      "name": "webhook",
      "piece": "webhook",
      "trigger": "catch",
      "input": {
        "verify": {
          "scheme": "none"
        }
      }
    }
  ],
  "start": "by_event",
  "steps": {
    "by_event": {
      "type": "router",
      "title": "By event",
      "key": "trigger.body.type",
      "branches": [
        {
          "name": "Agent created",
          "case": [
            "agent.created"
          ],
          "next": null
        }
      ],
      "otherwise": {
        "next": null
      },
      "next": null
    }
  },
  "samples": {
    "agent.created": {
      "body": {
        "id": "evt_01jm0001x7kq2r9v",
        "object": "event",
        "type": "agent.created",
        "data": {
          "id": "agt_a1b2c3d4",
          "object": "agent",
          "name": "Invoice collector",
          "created_at": "2026-02-14T09:30:00Z",
          "updated_at": "2026-02-14T09:30:00Z"
        },
        "created_at": "2026-02-14T09:31:12Z"
      }
    }
  },
  "notes": [
    {
      "text": "Events of Deck, one branch each. Add steps to the branches you care about; test each branch with its stored sample; publish; then give this flow''s webhook address to Deck.\n\nNothing is verified: anyone who knows the address can send events.\n\nWhat no branch knows goes to “otherwise”. Remove it to see such events under Unrouted.",
      "step": "by_event"
    }
  ]
}
','1d3636dd2b704b4d6a468104ff228502c66b5edc45af1db0fa9fd52c6af351e3','','2026-11-30T04:09:34.444Z','key_01m8na9hs1wcqsm88y1xrcnaj1');
INSERT INTO "flow_versions" VALUES('ver_01m8na9mhc1fqxsy218sjct83a','prj_01m8na9dmx9xc5haj9b628hxs0','flow_01m8na9mgwc663tk5fj8hyj9ne',1,'{
  "format": 1,
  "name": "Switched off",
  "triggers": [
    {
      "name": "webhook",
      "piece": "webhook",
      "trigger": "catch",
      "input": {
        "verify": {
          "scheme": "none"
        }
      }
    }
  ],
  "start": "note",
  "steps": {
    "note": {
      "type": "action",
      "piece": "data",
      "action": "compose",
      "input": {
        "value": 1
      },
      "next": null
    }
  }
}
','199a39accad1edab570b9e28e90b42ed92dd1b849185ca160bee9e66c05052bf','','2026-11-30T04:09:34.508Z','key_01m8na9hs1wcqsm88y1xrcnaj1');
CREATE TABLE flows (
	id VARCHAR NOT NULL,
	project_id VARCHAR NOT NULL,
	name VARCHAR NOT NULL,
	enabled BOOLEAN NOT NULL,
	draft VARCHAR NOT NULL,
	digest VARCHAR NOT NULL,
	revision INTEGER NOT NULL,
	edit_at INTEGER NOT NULL,
	published_version INTEGER,
	catalogue VARCHAR,
	folder_id VARCHAR,
	tags VARCHAR NOT NULL,
	created VARCHAR NOT NULL,
	updated VARCHAR NOT NULL,
	updated_by VARCHAR,
	deleted VARCHAR,
	deleted_by VARCHAR,
	PRIMARY KEY (id),
	FOREIGN KEY(project_id) REFERENCES projects (id),
	FOREIGN KEY(folder_id) REFERENCES folders (id)
);
INSERT INTO "flows" VALUES('flow_01m8na9k6njjd8za5cw0951fpj','prj_01m8na9dmx9xc5haj9b628hxs0','Orders of the shop',1,'{
  "format": 1,
  "name": "Orders of the shop",
  "triggers": [
    {
      "name": "webhook",
      "piece": "webhook",
      "trigger": "catch",
      "input": {
        "verify": {
          "scheme": "github",
          "connection": "orders-signing"
        },
        "dedupe": "trigger.body.id"
      }
    }
  ],
  "start": "by_kind",
  "steps": {
    "by_kind": {
      "type": "router",
      "key": "trigger.body.kind",
      "branches": [
        {
          "name": "Paid",
          "case": [
            "paid"
          ],
          "next": "remember"
        },
        {
          "name": "Later",
          "case": [
            "later"
          ],
          "next": "wait"
        },
        {
          "name": "Broken",
          "case": [
            "broken"
          ],
          "next": "call"
        }
      ],
      "next": null
    },
    "remember": {
      "type": "action",
      "piece": "store",
      "action": "put",
      "input": {
        "key": "last order",
        "value": "{{ trigger.body.id }}"
      },
      "next": "total"
    },
    "total": {
      "type": "action",
      "piece": "data",
      "action": "compose",
      "input": {
        "value": {
          "order": "{{ trigger.body.id }}"
        }
      },
      "next": null
    },
    "wait": {
      "type": "action",
      "piece": "delay",
      "action": "delay_for",
      "input": {
        "duration": 9,
        "unit": "days"
      },
      "next": null
    },
    "call": {
      "type": "action",
      "piece": "http",
      "action": "request",
      "input": {
        "method": "GET",
        "url": "http://127.0.0.1:9/refused"
      },
      "next": null
    }
  },
  "samples": {
    "paid": {
      "body": {
        "kind": "paid",
        "id": "o-1"
      }
    }
  }
}
','1d44ca20eddf9c68d33631638c373c5f9b7ca94ad1a411bbcfb243672e760f4f',4,1,1,NULL,NULL,'[]','2026-11-30T04:09:33.141Z','2026-11-30T04:09:34.294Z','key_01m8na9hs1wcqsm88y1xrcnaj1',NULL,NULL);
INSERT INTO "flows" VALUES('flow_01m8na9mf7yr4a0trafp2xs7pz','prj_01m8na9dmx9xc5haj9b628hxs0','Agents',1,'{
  "format": 1,
  "name": "Agents",
  "description": "Routes 1 of the events that Deck sends.",
  "triggers": [
    {
      "name": "webhook",
      "piece": "webhook",
      "trigger": "catch",
      "input": {
        "verify": {
          "scheme": "none"
        }
      }
    }
  ],
  "start": "by_event",
  "steps": {
    "by_event": {
      "type": "router",
      "title": "By event",
      "key": "trigger.body.type",
      "branches": [
        {
          "name": "Agent created",
          "case": [
            "agent.created"
          ],
          "next": null
        }
      ],
      "otherwise": {
        "next": null
      },
      "next": null
    }
  },
  "samples": {
    "agent.created": {
      "body": {
        "id": "evt_01jm0001x7kq2r9v",
        "object": "event",
        "type": "agent.created",
        "data": {
          "id": "agt_a1b2c3d4",
          "object": "agent",
          "name": "Invoice collector",
          "created_at": "2026-02-14T09:30:00Z",
          "updated_at": "2026-02-14T09:30:00Z"
        },
        "created_at": "2026-02-14T09:31:12Z"
      }
    }
  },
  "notes": [
    {
      "text": "Events of Deck, one branch each. Add steps to the branches you care about; test each branch with its stored sample; publish; then give this flow''s webhook address to Deck.\n\nNothing is verified: anyone who knows the address can send events.\n\nWhat no branch knows goes to “otherwise”. Remove it to see such events under Unrouted.",
      "step": "by_event"
    }
  ]
}
','1d3636dd2b704b4d6a468104ff228502c66b5edc45af1db0fa9fd52c6af351e3',1,0,1,'deck',NULL,'[]','2026-11-30T04:09:34.439Z','2026-11-30T04:09:34.445Z','key_01m8na9hs1wcqsm88y1xrcnaj1',NULL,NULL);
INSERT INTO "flows" VALUES('flow_01m8na9mgwc663tk5fj8hyj9ne','prj_01m8na9dmx9xc5haj9b628hxs0','Switched off',0,'{
  "format": 1,
  "name": "Switched off",
  "triggers": [
    {
      "name": "webhook",
      "piece": "webhook",
      "trigger": "catch",
      "input": {
        "verify": {
          "scheme": "none"
        }
      }
    }
  ],
  "start": "note",
  "steps": {
    "note": {
      "type": "action",
      "piece": "data",
      "action": "compose",
      "input": {
        "value": 1
      },
      "next": null
    }
  }
}
','199a39accad1edab570b9e28e90b42ed92dd1b849185ca160bee9e66c05052bf',1,0,1,NULL,NULL,'[]','2026-11-30T04:09:34.492Z','2026-11-30T04:09:34.526Z','key_01m8na9hs1wcqsm88y1xrcnaj1',NULL,NULL);
CREATE TABLE folders (
	id VARCHAR NOT NULL,
	project_id VARCHAR NOT NULL,
	name VARCHAR NOT NULL,
	created VARCHAR NOT NULL,
	updated VARCHAR NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(project_id) REFERENCES projects (id)
);
CREATE TABLE journal (
	run_id VARCHAR NOT NULL,
	number INTEGER NOT NULL,
	records BLOB NOT NULL,
	PRIMARY KEY (run_id, number)
);
INSERT INTO "journal" VALUES('run_01m8na9kc2yrj6tdrtzmanzxr7',0,CAST('[{"name":"by_kind","type":"router","status":"succeeded","output":{"key":"paid","branches":["Paid"]},"branch":"Paid","input":{"key":"paid"}},{"name":"remember","type":"action","status":"succeeded","piece":"store","action":"put","attempts":1,"input":{"key":"last order","value":"order paid"},"output":"order paid","ms":24.43},{"name":"total","type":"action","status":"succeeded","piece":"data","action":"compose","attempts":1,"input":{"value":{"order":"order paid"}},"output":{"order":"order paid"},"ms":0.12}]' AS BLOB));
INSERT INTO "journal" VALUES('run_01m8na9kcyjhr0mvhmw9ntq4hn',0,CAST('[{"name":"by_kind","type":"router","status":"succeeded","output":{"key":"later","branches":["Later"]},"branch":"Later","input":{"key":"later"}},{"name":"wait","type":"action","status":"waiting","piece":"delay","action":"delay_for","attempts":1,"input":{"duration":9,"unit":"days"},"resume_at":1796789373.3562837,"state":{"since":"2026-11-30T04:09:33.356Z","until":"2026-12-09T04:09:33.356Z"},"ms":0.22}]' AS BLOB));
INSERT INTO "journal" VALUES('run_01m8na9kdh556g5ktyq3cs28qb',0,CAST('[{"name":"by_kind","type":"router","status":"succeeded","output":{"key":"broken","branches":["Broken"]},"branch":"Broken","input":{"key":"broken"}},{"name":"call","type":"action","status":"failed","piece":"http","action":"request","attempts":1,"input":{"method":"GET","url":"http://127.0.0.1:9/refused"},"error":{"kind":"EgressRefused","message":"127.0.0.1 is not a public address; SWITCHYARD_EGRESS_ALLOW names the private ones in use"},"log":[{"number":1,"started":"2026-11-30T04:09:33.363Z","ms":267.53,"error":"127.0.0.1 is not a public address; SWITCHYARD_EGRESS_ALLOW names the private ones in use"}],"ms":267.56}]' AS BLOB));
INSERT INTO "journal" VALUES('run_01m8na9kpdbkrej8txf7xrm7qw',0,CAST('[{"name":"by_kind","type":"router","status":"succeeded","output":{"key":"unheard of","branches":[]},"unrouted":true,"input":{"key":"unheard of"}}]' AS BLOB));
INSERT INTO "journal" VALUES('run_01m8na9kxk96hmhpmdrvd0drp2',0,CAST('[{"name":"by_kind","type":"router","status":"succeeded","output":{"key":"paid","branches":["Paid"]},"branch":"Paid","input":{"key":"paid"}}]' AS BLOB));
INSERT INTO "journal" VALUES('run_01m8na9kxk96hmhpmdrvd0drp2',1,CAST('[{"name":"remember","type":"action","status":"succeeded","piece":"store","action":"put","attempts":1,"input":{"key":"last order","value":"o-1"},"output":"o-1","ms":2.58},{"name":"total","type":"action","status":"succeeded","piece":"data","action":"compose","attempts":1,"input":{"value":{"order":"o-1"}},"output":{"order":"o-1"},"ms":0.08}]' AS BLOB));
CREATE TABLE members (
	project_id VARCHAR NOT NULL,
	user_id VARCHAR NOT NULL,
	role VARCHAR(6) NOT NULL,
	PRIMARY KEY (project_id, user_id),
	FOREIGN KEY(project_id) REFERENCES projects (id),
	FOREIGN KEY(user_id) REFERENCES users (id)
);
INSERT INTO "members" VALUES('prj_01m8na9dmx9xc5haj9b628hxs0','usr_01m8na9dwp99q6mkrf5kw84h8w','admin');
CREATE TABLE projects (
	id VARCHAR NOT NULL,
	name VARCHAR NOT NULL,
	created VARCHAR NOT NULL,
	PRIMARY KEY (id)
);
INSERT INTO "projects" VALUES('prj_01m8na9dmx9xc5haj9b628hxs0','Default','2026-11-30T04:09:27.453Z');
CREATE TABLE replays (
	id VARCHAR NOT NULL,
	destination_id VARCHAR NOT NULL,
	since VARCHAR NOT NULL,
	until VARCHAR NOT NULL,
	only VARCHAR NOT NULL,
	at VARCHAR NOT NULL,
	total INTEGER NOT NULL,
	done INTEGER NOT NULL,
	state VARCHAR NOT NULL,
	creator VARCHAR,
	created VARCHAR NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE run_payloads (
	run_id VARCHAR NOT NULL,
	payload BLOB NOT NULL,
	PRIMARY KEY (run_id)
);
INSERT INTO "run_payloads" VALUES('run_01m8na9kc2yrj6tdrtzmanzxr7',CAST('{"method":"POST","headers":{"host":"127.0.0.1:49023","accept":"*/*","accept-encoding":"gzip, deflate","connection":"keep-alive","user-agent":"python-httpx/0.28.1","content-type":"application/json","x-hub-signature-256":"sha256=e0178a6491e6dc4a91c7602c81f51bf5ab713da44b7c0ffab85101077bb08172","content-length":"36"},"query":{},"body":{"kind": "paid", "id": "order paid"}}' AS BLOB));
INSERT INTO "run_payloads" VALUES('run_01m8na9kcyjhr0mvhmw9ntq4hn',CAST('{"method":"POST","headers":{"host":"127.0.0.1:49023","accept":"*/*","accept-encoding":"gzip, deflate","connection":"keep-alive","user-agent":"python-httpx/0.28.1","content-type":"application/json","x-hub-signature-256":"sha256=74fbf3832144052578f24d15a9b90deea9ad81858f65424cd3411fa0920dff83","content-length":"38"},"query":{},"body":{"kind": "later", "id": "order later"}}' AS BLOB));
INSERT INTO "run_payloads" VALUES('run_01m8na9kdh556g5ktyq3cs28qb',CAST('{"method":"POST","headers":{"host":"127.0.0.1:49023","accept":"*/*","accept-encoding":"gzip, deflate","connection":"keep-alive","user-agent":"python-httpx/0.28.1","content-type":"application/json","x-hub-signature-256":"sha256=8d39d9b49d14b5596da06970fc98d7fbca8e0a1402d3661f2e919c2ce792295e","content-length":"40"},"query":{},"body":{"kind": "broken", "id": "order broken"}}' AS BLOB));
INSERT INTO "run_payloads" VALUES('run_01m8na9kpdbkrej8txf7xrm7qw',CAST('{"method":"POST","headers":{"host":"127.0.0.1:49023","accept":"*/*","accept-encoding":"gzip, deflate","connection":"keep-alive","user-agent":"python-httpx/0.28.1","content-type":"application/json","x-hub-signature-256":"sha256=8c6c5cd2fe594abad4229957d53e1f683e729843a9c1a7b348ffccdb19dfd021","content-length":"48"},"query":{},"body":{"kind": "unheard of", "id": "order unheard of"}}' AS BLOB));
INSERT INTO "run_payloads" VALUES('run_01m8na9kxk96hmhpmdrvd0drp2',CAST('{"method":"POST","headers":{},"query":{},"body":{"kind":"paid","id":"o-1"}}' AS BLOB));
CREATE TABLE runs (
	id VARCHAR NOT NULL,
	project_id VARCHAR NOT NULL,
	flow_id VARCHAR NOT NULL,
	version_id VARCHAR NOT NULL,
	version INTEGER NOT NULL,
	environment VARCHAR NOT NULL,
	"trigger" VARCHAR NOT NULL,
	status VARCHAR(9) NOT NULL,
	unrouted BOOLEAN NOT NULL,
	repeats BOOLEAN NOT NULL,
	warnings INTEGER NOT NULL,
	path VARCHAR NOT NULL,
	error VARCHAR,
	response VARCHAR,
	lineage VARCHAR NOT NULL,
	parent_run_id VARCHAR,
	retry_of VARCHAR,
	resume_at VARCHAR,
	active_ms INTEGER NOT NULL,
	created VARCHAR NOT NULL,
	started VARCHAR,
	finished VARCHAR,
	PRIMARY KEY (id)
);
INSERT INTO "runs" VALUES('run_01m8na9kc2yrj6tdrtzmanzxr7','prj_01m8na9dmx9xc5haj9b628hxs0','flow_01m8na9k6njjd8za5cw0951fpj','ver_01m8na9katz6m66ama4xrwbbqj',1,'production','webhook','succeeded',0,0,0,'["by_kind:Paid","remember","total"]',NULL,NULL,'[]',NULL,NULL,NULL,24,'2026-11-30T04:09:33.314Z','2026-11-30T04:09:33.329Z','2026-11-30T04:09:33.354Z');
INSERT INTO "runs" VALUES('run_01m8na9kcyjhr0mvhmw9ntq4hn','prj_01m8na9dmx9xc5haj9b628hxs0','flow_01m8na9k6njjd8za5cw0951fpj','ver_01m8na9katz6m66ama4xrwbbqj',1,'production','webhook','waiting',0,0,0,'["by_kind:Later","wait"]',NULL,NULL,'[]',NULL,NULL,'2026-12-09T04:09:33.356Z',0,'2026-11-30T04:09:33.342Z','2026-11-30T04:09:33.356Z',NULL);
INSERT INTO "runs" VALUES('run_01m8na9kdh556g5ktyq3cs28qb','prj_01m8na9dmx9xc5haj9b628hxs0','flow_01m8na9k6njjd8za5cw0951fpj','ver_01m8na9katz6m66ama4xrwbbqj',1,'production','webhook','failed',0,0,0,'["by_kind:Broken","call"]','{"step":"call","kind":"EgressRefused","message":"127.0.0.1 is not a public address; SWITCHYARD_EGRESS_ALLOW names the private ones in use"}',NULL,'[]',NULL,NULL,NULL,267,'2026-11-30T04:09:33.361Z','2026-11-30T04:09:33.363Z','2026-11-30T04:09:33.630Z');
INSERT INTO "runs" VALUES('run_01m8na9kpdbkrej8txf7xrm7qw','prj_01m8na9dmx9xc5haj9b628hxs0','flow_01m8na9k6njjd8za5cw0951fpj','ver_01m8na9katz6m66ama4xrwbbqj',1,'production','webhook','succeeded',1,0,0,'["by_kind"]',NULL,NULL,'[]',NULL,NULL,NULL,0,'2026-11-30T04:09:33.645Z','2026-11-30T04:09:33.808Z','2026-11-30T04:09:33.808Z');
INSERT INTO "runs" VALUES('run_01m8na9kxk96hmhpmdrvd0drp2','prj_01m8na9dmx9xc5haj9b628hxs0','flow_01m8na9k6njjd8za5cw0951fpj','ver_710d3e51d405d1e5630a0953b7',0,'test','webhook','succeeded',0,0,0,'["by_kind:Paid","remember","total"]',NULL,NULL,'[]',NULL,NULL,NULL,5,'2026-11-30T04:09:33.875Z','2026-11-30T04:09:33.883Z','2026-11-30T04:09:33.887Z');
CREATE TABLE sessions (
	token_hash VARCHAR NOT NULL,
	user_id VARCHAR NOT NULL,
	created VARCHAR NOT NULL,
	expires VARCHAR NOT NULL,
	ip VARCHAR NOT NULL,
	agent VARCHAR NOT NULL,
	PRIMARY KEY (token_hash),
	FOREIGN KEY(user_id) REFERENCES users (id)
);
CREATE TABLE setup_links (
	token_hash VARCHAR NOT NULL,
	user_id VARCHAR,
	expires VARCHAR NOT NULL,
	PRIMARY KEY (token_hash),
	FOREIGN KEY(user_id) REFERENCES users (id)
);
CREATE TABLE store_items (
	project_id VARCHAR NOT NULL,
	flow_id VARCHAR NOT NULL,
	"key" VARCHAR NOT NULL,
	value VARCHAR NOT NULL,
	updated VARCHAR NOT NULL,
	PRIMARY KEY (project_id, flow_id, "key")
);
INSERT INTO "store_items" VALUES('prj_01m8na9dmx9xc5haj9b628hxs0','flow_01m8na9k6njjd8za5cw0951fpj','last order','"o-1"','2026-11-30T04:09:33.885Z');
CREATE TABLE subscriptions (
	flow_id VARCHAR NOT NULL,
	"trigger" VARCHAR NOT NULL,
	project_id VARCHAR NOT NULL,
	at INTEGER NOT NULL,
	PRIMARY KEY (flow_id, "trigger")
);
CREATE TABLE topic_messages (
	number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	id VARCHAR NOT NULL,
	project_id VARCHAR NOT NULL,
	topic VARCHAR NOT NULL,
	body BLOB NOT NULL,
	source VARCHAR NOT NULL,
	lineage VARCHAR NOT NULL,
	created VARCHAR NOT NULL,
	UNIQUE (id)
);
CREATE TABLE trigger_states (
	flow_id VARCHAR NOT NULL,
	"trigger" VARCHAR NOT NULL,
	project_id VARCHAR NOT NULL,
	state VARCHAR NOT NULL,
	fired VARCHAR,
	PRIMARY KEY (flow_id, "trigger")
);
CREATE TABLE users (
	id VARCHAR NOT NULL,
	email VARCHAR NOT NULL,
	name VARCHAR NOT NULL,
	password_hash VARCHAR NOT NULL,
	platform_admin BOOLEAN NOT NULL,
	disabled BOOLEAN NOT NULL,
	created VARCHAR NOT NULL,
	last_seen VARCHAR,
	PRIMARY KEY (id),
	UNIQUE (email)
);
INSERT INTO "users" VALUES('usr_01m8na9dwp99q6mkrf5kw84h8w','admin@example.com','admin','$argon2id$v=19$m=65536,t=3,p=4$KmUuEAQCHabHw4ya7Eazgw$IXF9tt+htCFvx+fXVt5cOL8a3JFQ74/ZBlOxYp09ueg',1,0,'2026-11-30T04:09:27.702Z',NULL);
CREATE INDEX runs_open ON runs (status, flow_id) WHERE status IN ('queued', 'running', 'waiting');
CREATE INDEX runs_resume ON runs (resume_at) WHERE status = 'waiting';
CREATE INDEX runs_unrouted ON runs (project_id, id) WHERE unrouted;
CREATE INDEX runs_ended_badly ON runs (project_id, id) WHERE status IN ('failed', 'timed_out', 'canceled');
CREATE INDEX runs_by_flow ON runs (flow_id, id);
CREATE INDEX runs_by_project ON runs (project_id, id);
CREATE INDEX dedupe_by_age ON dedupe (created);
CREATE INDEX events_by_project ON events (project_id, id);
CREATE INDEX events_by_action ON events (action, id);
CREATE INDEX destinations_by_project ON destinations (project_id, id);
CREATE INDEX deliveries_held ON deliveries (destination_id, id) WHERE status = 'held';
CREATE INDEX deliveries_due ON deliveries (destination_id, next_at, id) WHERE status = 'pending';
CREATE INDEX deliveries_dead ON deliveries (destination_id, id) WHERE status = 'dead';
CREATE INDEX deliveries_by_destination ON deliveries (destination_id, id);
CREATE INDEX deliveries_of_event ON deliveries (event_id);
CREATE INDEX delivery_attempts_by_time ON delivery_attempts (destination_id, started);
CREATE INDEX ix_replays_destination_id ON replays (destination_id);
CREATE INDEX topic_messages_by_topic ON topic_messages (project_id, topic, number);
CREATE UNIQUE INDEX catalogues_by_name ON catalogues (project_id, name);
CREATE INDEX ix_sessions_user_id ON sessions (user_id);
CREATE INDEX ix_setup_links_user_id ON setup_links (user_id);
CREATE INDEX ix_members_user_id ON members (user_id);
CREATE INDEX ix_api_keys_project_id ON api_keys (project_id);
CREATE UNIQUE INDEX connections_by_name ON connections (project_id, name);
CREATE UNIQUE INDEX folders_by_name ON folders (project_id, name);
CREATE INDEX flows_deleted ON flows (deleted) WHERE deleted IS NOT NULL;
CREATE INDEX flows_by_project ON flows (project_id, id);
CREATE INDEX flows_by_folder ON flows (folder_id);
CREATE UNIQUE INDEX draft_edits_by_number ON draft_edits (flow_id, number);
CREATE UNIQUE INDEX flow_versions_by_number ON flow_versions (flow_id, number) WHERE number > 0;
CREATE UNIQUE INDEX flow_drafts_by_digest ON flow_versions (flow_id, digest) WHERE number = 0;
DELETE FROM "sqlite_sequence";
COMMIT;
PRAGMA user_version=3;
