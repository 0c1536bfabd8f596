-- A store of schema 1 that has tables of later schemas already (104602d).
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
INSERT INTO "api_keys" VALUES('key_01m8na97pb0wnz7r9h14s7k7mc','prj_01m8na92h4rezjz155wmdega40','filler','admin','8b755e03f310d31dc9cc7518af3ee48165e2cca4f2fdc8a8f4d41b30644f42c5','akOy','2026-11-30T04:09:21.355Z',NULL,'2026-11-30T04:09:22.013Z');
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
INSERT INTO "connections" VALUES('con_01m8na98bb5vgq0tzbcqjqw3fj','prj_01m8na92h4rezjz155wmdega40','orders-signing','webhook',X'01EB6EBEAA8185417D375721D5995F7E3D5640CE99FC5A8391887B6E942C09E7167CEC2D3532760D35F003D6ABF9F351583756EBC6CBCD9714A75FF88340D45317','unchecked',NULL,'2026-11-30T04:09:22.027Z','2026-11-30T04:09:22.027Z',NULL);
CREATE TABLE dedupe (
	flow_id VARCHAR NOT NULL,
	"key" VARCHAR NOT NULL,
	run_id VARCHAR NOT NULL,
	created VARCHAR NOT NULL,
	PRIMARY KEY (flow_id, "key")
);
INSERT INTO "dedupe" VALUES('flow_01m8na98bw5y8ywmnrfxg17gww','own:order paid','run_01m8na98czz6et5b4j9ynfnatd','2026-11-30T04:09:22.079Z');
INSERT INTO "dedupe" VALUES('flow_01m8na98bw5y8ywmnrfxg17gww','own:order later','run_01m8na98d5fr315bpcszks23sp','2026-11-30T04:09:22.085Z');
INSERT INTO "dedupe" VALUES('flow_01m8na98bw5y8ywmnrfxg17gww','own:order broken','run_01m8na98djgagcbatg56g7nq5w','2026-11-30T04:09:22.098Z');
INSERT INTO "dedupe" VALUES('flow_01m8na98bw5y8ywmnrfxg17gww','own:order unheard of','run_01m8na98ft56577gxwp14284sb','2026-11-30T04:09:22.170Z');
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
INSERT INTO "draft_edits" VALUES('edt_01m8na98kaj5cpk7qya2c1hx42','flow_01m8na98bw5y8ywmnrfxg17gww','prj_01m8na92h4rezjz155wmdega40',1,'set_name','Renamed the flow to “Orders of the shop”','{"name":"Orders of the shop"}',34,'',' of the shop',2,'key_01m8na97pb0wnz7r9h14s7k7mc','2026-11-30T04:09:22.282Z');
INSERT INTO "draft_edits" VALUES('edt_01m8na98kyya2pdaktfprtvcsm','flow_01m8na98bw5y8ywmnrfxg17gww','prj_01m8na92h4rezjz155wmdega40',2,'set_name','Renamed the flow to “Orders of two shops”','{"name":"Orders of two shops"}',39,'he shop','wo shops',4,'key_01m8na97pb0wnz7r9h14s7k7mc','2026-11-30T04:09:22.302Z');
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
INSERT INTO "events" VALUES('evt_01m8na92h6vxngdctv5d5h7mh1','project.created','prj_01m8na92h4rezjz155wmdega40',NULL,CAST('{"id":"evt_01m8na92h6vxngdctv5d5h7mh1","created":"2026-11-30T04:09:16.070Z","updated":"2026-11-30T04:09:16.070Z","action":"project.created","platformId":"switchyard","projectId":"prj_01m8na92h4rezjz155wmdega40","data":{"project":{"id":"prj_01m8na92h4rezjz155wmdega40","displayName":"Default"}}}' AS BLOB),'[]','2026-11-30T04:09:16.070Z');
INSERT INTO "events" VALUES('evt_01m8na92z0f7gzht9wggf2k7q2','user.signed.up',NULL,'usr_01m8na92yx7mhb0fwca1pdy05v',CAST('{"id":"evt_01m8na92z0f7gzht9wggf2k7q2","created":"2026-11-30T04:09:16.512Z","updated":"2026-11-30T04:09:16.512Z","action":"user.signed.up","platformId":"switchyard","userId":"usr_01m8na92yx7mhb0fwca1pdy05v","userEmail":"admin@example.com","data":{"user":{"id":"usr_01m8na92yx7mhb0fwca1pdy05v","email":"admin@example.com","displayName":"admin","firstName":"admin","lastName":""},"source":"credentials"}}' AS BLOB),'[]','2026-11-30T04:09:16.512Z');
INSERT INTO "events" VALUES('evt_01m8na97pd09hddrv41hp477dr','api_key.created','prj_01m8na92h4rezjz155wmdega40',NULL,CAST('{"id":"evt_01m8na97pd09hddrv41hp477dr","created":"2026-11-30T04:09:21.357Z","updated":"2026-11-30T04:09:21.357Z","action":"api_key.created","platformId":"switchyard","projectId":"prj_01m8na92h4rezjz155wmdega40","data":{"apiKey":{"id":"key_01m8na97pb0wnz7r9h14s7k7mc","displayName":"filler","role":"admin","last4":"akOy"}}}' AS BLOB),'[]','2026-11-30T04:09:21.357Z');
INSERT INTO "events" VALUES('evt_01m8na98be8ke594nyftmam53h','connection.upserted','prj_01m8na92h4rezjz155wmdega40',NULL,CAST('{"id":"evt_01m8na98be8ke594nyftmam53h","created":"2026-11-30T04:09:22.030Z","updated":"2026-11-30T04:09:22.030Z","action":"connection.upserted","platformId":"switchyard","projectId":"prj_01m8na92h4rezjz155wmdega40","ip":"127.0.0.1","data":{"connection":{"id":"con_01m8na98bb5vgq0tzbcqjqw3fj","displayName":"orders-signing","externalId":"orders-signing","pieceName":"webhook","status":"UNCHECKED","type":"CUSTOM_AUTH","created":"2026-11-30T04:09:22.027Z","updated":"2026-11-30T04:09:22.027Z"}}}' AS BLOB),'[]','2026-11-30T04:09:22.030Z');
INSERT INTO "events" VALUES('evt_01m8na98bxh3cdkhxgk9peccs8','flow.created','prj_01m8na92h4rezjz155wmdega40',NULL,CAST('{"id":"evt_01m8na98bxh3cdkhxgk9peccs8","created":"2026-11-30T04:09:22.045Z","updated":"2026-11-30T04:09:22.045Z","action":"flow.created","platformId":"switchyard","projectId":"prj_01m8na92h4rezjz155wmdega40","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na98bw5y8ywmnrfxg17gww","externalId":"flow_01m8na98bw5y8ywmnrfxg17gww","displayName":"Orders","created":"2026-11-30T04:09:22.044Z","updated":"2026-11-30T04:09:22.044Z"}}}' AS BLOB),'[]','2026-11-30T04:09:22.045Z');
INSERT INTO "events" VALUES('evt_01m8na98cg1cbbysqb5es5nssh','flow.published','prj_01m8na92h4rezjz155wmdega40',NULL,CAST('{"id":"evt_01m8na98cg1cbbysqb5es5nssh","created":"2026-11-30T04:09:22.064Z","updated":"2026-11-30T04:09:22.064Z","action":"flow.published","platformId":"switchyard","projectId":"prj_01m8na92h4rezjz155wmdega40","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na98bw5y8ywmnrfxg17gww","externalId":"flow_01m8na98bw5y8ywmnrfxg17gww","displayName":"Orders","created":"2026-11-30T04:09:22.044Z","updated":"2026-11-30T04:09:22.063Z"},"flowVersion":{"id":"ver_01m8na98cbcvrhsbf65aft72v7","displayName":"Orders","flowId":"flow_01m8na98bw5y8ywmnrfxg17gww","number":1,"created":"2026-11-30T04:09:22.044Z","updated":"2026-11-30T04:09:22.063Z"}}}' AS BLOB),'[]','2026-11-30T04:09:22.064Z');
INSERT INTO "events" VALUES('evt_01m8na98ch2ye37p4fgt1xf5w5','flow.activated','prj_01m8na92h4rezjz155wmdega40',NULL,CAST('{"id":"evt_01m8na98ch2ye37p4fgt1xf5w5","created":"2026-11-30T04:09:22.065Z","updated":"2026-11-30T04:09:22.065Z","action":"flow.activated","platformId":"switchyard","projectId":"prj_01m8na92h4rezjz155wmdega40","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na98bw5y8ywmnrfxg17gww","externalId":"flow_01m8na98bw5y8ywmnrfxg17gww","displayName":"Orders","created":"2026-11-30T04:09:22.044Z","updated":"2026-11-30T04:09:22.064Z"},"flowVersion":{"id":"ver_01m8na98cbcvrhsbf65aft72v7","displayName":"Orders","flowId":"flow_01m8na98bw5y8ywmnrfxg17gww","number":1,"created":"2026-11-30T04:09:22.044Z","updated":"2026-11-30T04:09:22.064Z"}}}' AS BLOB),'[]','2026-11-30T04:09:22.065Z');
INSERT INTO "events" VALUES('evt_01m8na98fs0f5zmrch81s7n42e','flow.run.failed','prj_01m8na92h4rezjz155wmdega40',NULL,CAST('{"id":"evt_01m8na98fs0f5zmrch81s7n42e","created":"2026-11-30T04:09:22.169Z","updated":"2026-11-30T04:09:22.169Z","action":"flow.run.failed","platformId":"switchyard","projectId":"prj_01m8na92h4rezjz155wmdega40","data":{"flowRun":{"id":"run_01m8na98djgagcbatg56g7nq5w","startTime":"2026-11-30T04:09:22.100Z","finishTime":"2026-11-30T04:09:22.169Z","duration":68,"environment":"PRODUCTION","flowId":"flow_01m8na98bw5y8ywmnrfxg17gww","flowVersionId":"ver_01m8na98cbcvrhsbf65aft72v7","flowDisplayName":"Orders","status":"FAILED","triggeredBy":"webhook","stepNameToTest":null,"unrouted":false,"warnings":0,"error":{"step":"call","message":"127.0.0.1 is not a public address; SWITCHYARD_EGRESS_ALLOW names the private ones in use"}}}}' AS BLOB),'[]','2026-11-30T04:09:22.169Z');
INSERT INTO "events" VALUES('evt_01m8na98g2rxy0dzp7cdvdve9z','flow.run.unrouted','prj_01m8na92h4rezjz155wmdega40',NULL,CAST('{"id":"evt_01m8na98g2rxy0dzp7cdvdve9z","created":"2026-11-30T04:09:22.177Z","updated":"2026-11-30T04:09:22.177Z","action":"flow.run.unrouted","platformId":"switchyard","projectId":"prj_01m8na92h4rezjz155wmdega40","data":{"flowRun":{"id":"run_01m8na98ft56577gxwp14284sb","startTime":"2026-11-30T04:09:22.177Z","finishTime":"2026-11-30T04:09:22.177Z","duration":0,"environment":"PRODUCTION","flowId":"flow_01m8na98bw5y8ywmnrfxg17gww","flowVersionId":"ver_01m8na98cbcvrhsbf65aft72v7","flowDisplayName":"Orders","status":"SUCCEEDED","triggeredBy":"webhook","stepNameToTest":null,"unrouted":true,"warnings":0,"error":null}}}' AS BLOB),'[]','2026-11-30T04:09:22.177Z');
INSERT INTO "events" VALUES('evt_01m8na98kc1cppcbx94epzjcm9','flow.updated','prj_01m8na92h4rezjz155wmdega40',NULL,CAST('{"id":"evt_01m8na98kc1cppcbx94epzjcm9","created":"2026-11-30T04:09:22.284Z","updated":"2026-11-30T04:09:22.284Z","action":"flow.updated","platformId":"switchyard","projectId":"prj_01m8na92h4rezjz155wmdega40","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na98bw5y8ywmnrfxg17gww","externalId":"flow_01m8na98bw5y8ywmnrfxg17gww","displayName":"Orders of the shop","created":"2026-11-30T04:09:22.044Z","updated":"2026-11-30T04:09:22.280Z"},"request":{"type":"SET_NAME","request":{"revision":2,"sentence":"Renamed the flow to “Orders of the shop”","args":{"name":"Orders of the shop"}}}}}' AS BLOB),'[]','2026-11-30T04:09:22.284Z');
INSERT INTO "events" VALUES('evt_01m8na98kym06h0715d11p5xgn','flow.updated','prj_01m8na92h4rezjz155wmdega40',NULL,CAST('{"id":"evt_01m8na98kym06h0715d11p5xgn","created":"2026-11-30T04:09:22.302Z","updated":"2026-11-30T04:09:22.302Z","action":"flow.updated","platformId":"switchyard","projectId":"prj_01m8na92h4rezjz155wmdega40","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na98bw5y8ywmnrfxg17gww","externalId":"flow_01m8na98bw5y8ywmnrfxg17gww","displayName":"Orders of two shops","created":"2026-11-30T04:09:22.044Z","updated":"2026-11-30T04:09:22.301Z"},"request":{"type":"SET_NAME","request":{"revision":3,"sentence":"Renamed the flow to “Orders of two shops”","args":{"name":"Orders of two shops"}}}}}' AS BLOB),'[]','2026-11-30T04:09:22.302Z');
INSERT INTO "events" VALUES('evt_01m8na98mvsjqsfbdebcr4h9nw','flow.updated','prj_01m8na92h4rezjz155wmdega40',NULL,CAST('{"id":"evt_01m8na98mvsjqsfbdebcr4h9nw","created":"2026-11-30T04:09:22.331Z","updated":"2026-11-30T04:09:22.331Z","action":"flow.updated","platformId":"switchyard","projectId":"prj_01m8na92h4rezjz155wmdega40","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na98bw5y8ywmnrfxg17gww","externalId":"flow_01m8na98bw5y8ywmnrfxg17gww","displayName":"Orders of the shop","created":"2026-11-30T04:09:22.044Z","updated":"2026-11-30T04:09:22.330Z"},"request":{"type":"UNDO","request":{"revision":4,"sentence":"Undid: Renamed the flow to “Orders of two shops”"}}}}' AS BLOB),'[]','2026-11-30T04:09:22.331Z');
INSERT INTO "events" VALUES('evt_01m8na98n5ctn64yts63s0bp7s','flow.created','prj_01m8na92h4rezjz155wmdega40',NULL,CAST('{"id":"evt_01m8na98n5ctn64yts63s0bp7s","created":"2026-11-30T04:09:22.341Z","updated":"2026-11-30T04:09:22.341Z","action":"flow.created","platformId":"switchyard","projectId":"prj_01m8na92h4rezjz155wmdega40","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na98n5fmdtyxcpe2jy9rx7","externalId":"flow_01m8na98n5fmdtyxcpe2jy9rx7","displayName":"Agents","created":"2026-11-30T04:09:22.341Z","updated":"2026-11-30T04:09:22.341Z"}}}' AS BLOB),'[]','2026-11-30T04:09:22.341Z');
INSERT INTO "events" VALUES('evt_01m8na98nfwvdak612xya7j9se','flow.published','prj_01m8na92h4rezjz155wmdega40',NULL,CAST('{"id":"evt_01m8na98nfwvdak612xya7j9se","created":"2026-11-30T04:09:22.351Z","updated":"2026-11-30T04:09:22.351Z","action":"flow.published","platformId":"switchyard","projectId":"prj_01m8na92h4rezjz155wmdega40","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na98n5fmdtyxcpe2jy9rx7","externalId":"flow_01m8na98n5fmdtyxcpe2jy9rx7","displayName":"Agents","created":"2026-11-30T04:09:22.341Z","updated":"2026-11-30T04:09:22.351Z"},"flowVersion":{"id":"ver_01m8na98nf84d80h046nf6srsa","displayName":"Agents","flowId":"flow_01m8na98n5fmdtyxcpe2jy9rx7","number":1,"created":"2026-11-30T04:09:22.341Z","updated":"2026-11-30T04:09:22.351Z"}}}' AS BLOB),'[]','2026-11-30T04:09:22.351Z');
INSERT INTO "events" VALUES('evt_01m8na98ngdhhbsq3n2ejwre86','flow.activated','prj_01m8na92h4rezjz155wmdega40',NULL,CAST('{"id":"evt_01m8na98ngdhhbsq3n2ejwre86","created":"2026-11-30T04:09:22.352Z","updated":"2026-11-30T04:09:22.352Z","action":"flow.activated","platformId":"switchyard","projectId":"prj_01m8na92h4rezjz155wmdega40","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na98n5fmdtyxcpe2jy9rx7","externalId":"flow_01m8na98n5fmdtyxcpe2jy9rx7","displayName":"Agents","created":"2026-11-30T04:09:22.341Z","updated":"2026-11-30T04:09:22.351Z"},"flowVersion":{"id":"ver_01m8na98nf84d80h046nf6srsa","displayName":"Agents","flowId":"flow_01m8na98n5fmdtyxcpe2jy9rx7","number":1,"created":"2026-11-30T04:09:22.341Z","updated":"2026-11-30T04:09:22.351Z"}}}' AS BLOB),'[]','2026-11-30T04:09:22.352Z');
INSERT INTO "events" VALUES('evt_01m8na98nxc42m43w8n04n3pj6','flow.created','prj_01m8na92h4rezjz155wmdega40',NULL,CAST('{"id":"evt_01m8na98nxc42m43w8n04n3pj6","created":"2026-11-30T04:09:22.365Z","updated":"2026-11-30T04:09:22.365Z","action":"flow.created","platformId":"switchyard","projectId":"prj_01m8na92h4rezjz155wmdega40","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na98nxb9r224p7hgkk3ac0","externalId":"flow_01m8na98nxb9r224p7hgkk3ac0","displayName":"Switched off","created":"2026-11-30T04:09:22.365Z","updated":"2026-11-30T04:09:22.365Z"}}}' AS BLOB),'[]','2026-11-30T04:09:22.365Z');
INSERT INTO "events" VALUES('evt_01m8na98p8hv7zhv0xjygcgctr','flow.published','prj_01m8na92h4rezjz155wmdega40',NULL,CAST('{"id":"evt_01m8na98p8hv7zhv0xjygcgctr","created":"2026-11-30T04:09:22.376Z","updated":"2026-11-30T04:09:22.376Z","action":"flow.published","platformId":"switchyard","projectId":"prj_01m8na92h4rezjz155wmdega40","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na98nxb9r224p7hgkk3ac0","externalId":"flow_01m8na98nxb9r224p7hgkk3ac0","displayName":"Switched off","created":"2026-11-30T04:09:22.365Z","updated":"2026-11-30T04:09:22.376Z"},"flowVersion":{"id":"ver_01m8na98p7v67f8dqam3pj9pwk","displayName":"Switched off","flowId":"flow_01m8na98nxb9r224p7hgkk3ac0","number":1,"created":"2026-11-30T04:09:22.365Z","updated":"2026-11-30T04:09:22.376Z"}}}' AS BLOB),'[]','2026-11-30T04:09:22.376Z');
INSERT INTO "events" VALUES('evt_01m8na98p9pszmgqczzteqgmvt','flow.activated','prj_01m8na92h4rezjz155wmdega40',NULL,CAST('{"id":"evt_01m8na98p9pszmgqczzteqgmvt","created":"2026-11-30T04:09:22.377Z","updated":"2026-11-30T04:09:22.377Z","action":"flow.activated","platformId":"switchyard","projectId":"prj_01m8na92h4rezjz155wmdega40","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na98nxb9r224p7hgkk3ac0","externalId":"flow_01m8na98nxb9r224p7hgkk3ac0","displayName":"Switched off","created":"2026-11-30T04:09:22.365Z","updated":"2026-11-30T04:09:22.376Z"},"flowVersion":{"id":"ver_01m8na98p7v67f8dqam3pj9pwk","displayName":"Switched off","flowId":"flow_01m8na98nxb9r224p7hgkk3ac0","number":1,"created":"2026-11-30T04:09:22.365Z","updated":"2026-11-30T04:09:22.376Z"}}}' AS BLOB),'[]','2026-11-30T04:09:22.377Z');
INSERT INTO "events" VALUES('evt_01m8na98pgr02amqpn76pxh9rg','flow.deactivated','prj_01m8na92h4rezjz155wmdega40',NULL,CAST('{"id":"evt_01m8na98pgr02amqpn76pxh9rg","created":"2026-11-30T04:09:22.384Z","updated":"2026-11-30T04:09:22.384Z","action":"flow.deactivated","platformId":"switchyard","projectId":"prj_01m8na92h4rezjz155wmdega40","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na98nxb9r224p7hgkk3ac0","externalId":"flow_01m8na98nxb9r224p7hgkk3ac0","displayName":"Switched off","created":"2026-11-30T04:09:22.365Z","updated":"2026-11-30T04:09:22.384Z"},"flowVersion":{"id":"ver_01m8na98p7v67f8dqam3pj9pwk","displayName":"Switched off","flowId":"flow_01m8na98nxb9r224p7hgkk3ac0","number":1,"created":"2026-11-30T04:09:22.365Z","updated":"2026-11-30T04:09:22.384Z"}}}' AS BLOB),'[]','2026-11-30T04:09:22.384Z');
INSERT INTO "events" VALUES('evt_01m8na98pwnedfjdza38q4d145','flow.created','prj_01m8na92h4rezjz155wmdega40',NULL,CAST('{"id":"evt_01m8na98pwnedfjdza38q4d145","created":"2026-11-30T04:09:22.396Z","updated":"2026-11-30T04:09:22.396Z","action":"flow.created","platformId":"switchyard","projectId":"prj_01m8na92h4rezjz155wmdega40","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na98pw1cwa9z37zc5sz4p1","externalId":"flow_01m8na98pw1cwa9z37zc5sz4p1","displayName":"Deleted","created":"2026-11-30T04:09:22.396Z","updated":"2026-11-30T04:09:22.396Z"}}}' AS BLOB),'[]','2026-11-30T04:09:22.396Z');
INSERT INTO "events" VALUES('evt_01m8na98q53kb6p74jtk96kg2m','flow.deleted','prj_01m8na92h4rezjz155wmdega40',NULL,CAST('{"id":"evt_01m8na98q53kb6p74jtk96kg2m","created":"2026-11-30T04:09:22.405Z","updated":"2026-11-30T04:09:22.405Z","action":"flow.deleted","platformId":"switchyard","projectId":"prj_01m8na92h4rezjz155wmdega40","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na98pw1cwa9z37zc5sz4p1","externalId":"flow_01m8na98pw1cwa9z37zc5sz4p1","displayName":"Deleted","created":"2026-11-30T04:09:22.396Z","updated":"2026-11-30T04:09:22.396Z"}}}' AS BLOB),'[]','2026-11-30T04:09:22.405Z');
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
INSERT INTO "flow_versions" VALUES('ver_01m8na98cbcvrhsbf65aft72v7','prj_01m8na92h4rezjz155wmdega40','flow_01m8na98bw5y8ywmnrfxg17gww',1,'{
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
','6248cc37eb20cbca84044e5ed4af67c72e6c9efae1c00a0037b8d5f060f3c4a6','','2026-11-30T04:09:22.059Z','key_01m8na97pb0wnz7r9h14s7k7mc');
INSERT INTO "flow_versions" VALUES('ver_417aa90a3ff48592125ca995db','prj_01m8na92h4rezjz155wmdega40','flow_01m8na98bw5y8ywmnrfxg17gww',0,'{
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
','6248cc37eb20cbca84044e5ed4af67c72e6c9efae1c00a0037b8d5f060f3c4a6','','2026-11-30T04:09:22.191Z','key_01m8na97pb0wnz7r9h14s7k7mc');
INSERT INTO "flow_versions" VALUES('ver_01m8na98nf84d80h046nf6srsa','prj_01m8na92h4rezjz155wmdega40','flow_01m8na98n5fmdtyxcpe2jy9rx7',1,'{
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
','1d3636dd2b704b4d6a468104ff228502c66b5edc45af1db0fa9fd52c6af351e3','','2026-11-30T04:09:22.351Z','key_01m8na97pb0wnz7r9h14s7k7mc');
INSERT INTO "flow_versions" VALUES('ver_01m8na98p7v67f8dqam3pj9pwk','prj_01m8na92h4rezjz155wmdega40','flow_01m8na98nxb9r224p7hgkk3ac0',1,'{
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
','199a39accad1edab570b9e28e90b42ed92dd1b849185ca160bee9e66c05052bf','','2026-11-30T04:09:22.375Z','key_01m8na97pb0wnz7r9h14s7k7mc');
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
	created VARCHAR NOT NULL,
	updated VARCHAR NOT NULL,
	updated_by VARCHAR,
	PRIMARY KEY (id),
	FOREIGN KEY(project_id) REFERENCES projects (id)
);
INSERT INTO "flows" VALUES('flow_01m8na98bw5y8ywmnrfxg17gww','prj_01m8na92h4rezjz155wmdega40','Orders of the shop',1,'{
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
','1d44ca20eddf9c68d33631638c373c5f9b7ca94ad1a411bbcfb243672e760f4f',4,1,1,NULL,'2026-11-30T04:09:22.044Z','2026-11-30T04:09:22.330Z','key_01m8na97pb0wnz7r9h14s7k7mc');
INSERT INTO "flows" VALUES('flow_01m8na98n5fmdtyxcpe2jy9rx7','prj_01m8na92h4rezjz155wmdega40','Agents',1,'{
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
','1d3636dd2b704b4d6a468104ff228502c66b5edc45af1db0fa9fd52c6af351e3',1,0,1,'deck','2026-11-30T04:09:22.341Z','2026-11-30T04:09:22.351Z','key_01m8na97pb0wnz7r9h14s7k7mc');
INSERT INTO "flows" VALUES('flow_01m8na98nxb9r224p7hgkk3ac0','prj_01m8na92h4rezjz155wmdega40','Switched off',0,'{
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
','199a39accad1edab570b9e28e90b42ed92dd1b849185ca160bee9e66c05052bf',1,0,1,NULL,'2026-11-30T04:09:22.365Z','2026-11-30T04:09:22.384Z','key_01m8na97pb0wnz7r9h14s7k7mc');
CREATE TABLE journal (
	run_id VARCHAR NOT NULL,
	number INTEGER NOT NULL,
	records BLOB NOT NULL,
	PRIMARY KEY (run_id, number)
);
INSERT INTO "journal" VALUES('run_01m8na98czz6et5b4j9ynfnatd',0,CAST('[{"name":"by_kind","type":"router","status":"succeeded","output":{"key":"paid","branches":["Paid"]},"branch":"Paid","input":{"key":"paid"}},{"name":"remember","type":"action","status":"succeeded","piece":"store","action":"put","attempts":1,"input":{"key":"last order","value":"order paid"},"output":"order paid","ms":9.46},{"name":"total","type":"action","status":"succeeded","piece":"data","action":"compose","attempts":1,"input":{"value":{"order":"order paid"}},"output":{"order":"order paid"},"ms":0.08}]' AS BLOB));
INSERT INTO "journal" VALUES('run_01m8na98d5fr315bpcszks23sp',0,CAST('[{"name":"by_kind","type":"router","status":"succeeded","output":{"key":"later","branches":["Later"]},"branch":"Later","input":{"key":"later"}},{"name":"wait","type":"action","status":"waiting","piece":"delay","action":"delay_for","attempts":1,"input":{"duration":9,"unit":"days"},"resume_at":1796789362.097448,"state":{"since":"2026-11-30T04:09:22.097Z","until":"2026-12-09T04:09:22.097Z"},"ms":0.17}]' AS BLOB));
INSERT INTO "journal" VALUES('run_01m8na98djgagcbatg56g7nq5w',0,CAST('[{"name":"by_kind","type":"router","status":"succeeded","output":{"key":"broken","branches":["Broken"]},"branch":"Broken","input":{"key":"broken"}},{"name":"call","type":"action","status":"failed","piece":"http","action":"request","attempts":1,"input":{"method":"GET","url":"http://127.0.0.1:9/refused"},"error":{"kind":"EgressRefused","message":"127.0.0.1 is not a public address; SWITCHYARD_EGRESS_ALLOW names the private ones in use"},"log":[{"number":1,"started":"2026-11-30T04:09:22.100Z","ms":68.81,"error":"127.0.0.1 is not a public address; SWITCHYARD_EGRESS_ALLOW names the private ones in use"}],"ms":68.85}]' AS BLOB));
INSERT INTO "journal" VALUES('run_01m8na98ft56577gxwp14284sb',0,CAST('[{"name":"by_kind","type":"router","status":"succeeded","output":{"key":"unheard of","branches":[]},"unrouted":true,"input":{"key":"unheard of"}}]' AS BLOB));
INSERT INTO "journal" VALUES('run_01m8na98gprrdtggqsrzr7yd2m',0,CAST('[{"name":"by_kind","type":"router","status":"succeeded","output":{"key":"paid","branches":["Paid"]},"branch":"Paid","input":{"key":"paid"}}]' AS BLOB));
INSERT INTO "journal" VALUES('run_01m8na98gprrdtggqsrzr7yd2m',1,CAST('[{"name":"remember","type":"action","status":"succeeded","piece":"store","action":"put","attempts":1,"input":{"key":"last order","value":"o-1"},"output":"o-1","ms":4.35},{"name":"total","type":"action","status":"succeeded","piece":"data","action":"compose","attempts":1,"input":{"value":{"order":"o-1"}},"output":{"order":"o-1"},"ms":0.08}]' AS BLOB));
CREATE TABLE members (
	project_id VARCHAR NOT NULL,
	user_id VARCHAR NOT NULL,
	role VARCHAR(6) NOT NULL,
	PRIMARY KEY (project_id, user_id),
	FOREIGN KEY(project_id) REFERENCES projects (id),
	FOREIGN KEY(user_id) REFERENCES users (id)
);
INSERT INTO "members" VALUES('prj_01m8na92h4rezjz155wmdega40','usr_01m8na92yx7mhb0fwca1pdy05v','admin');
CREATE TABLE projects (
	id VARCHAR NOT NULL,
	name VARCHAR NOT NULL,
	created VARCHAR NOT NULL,
	PRIMARY KEY (id)
);
INSERT INTO "projects" VALUES('prj_01m8na92h4rezjz155wmdega40','Default','2026-11-30T04:09:16.068Z');
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
INSERT INTO "run_payloads" VALUES('run_01m8na98czz6et5b4j9ynfnatd',CAST('{"method":"POST","headers":{"host":"127.0.0.1:45011","accept":"*/*","accept-encoding":"gzip, deflate","connection":"keep-alive","user-agent":"python-httpx/0.28.1","content-type":"application/json","x-hub-signature-256":"sha256=e0178a6491e6dc4a91c7602c81f51bf5ab713da44b7c0ffab85101077bb08172","content-length":"36"},"query":{},"body":{"kind": "paid", "id": "order paid"}}' AS BLOB));
INSERT INTO "run_payloads" VALUES('run_01m8na98d5fr315bpcszks23sp',CAST('{"method":"POST","headers":{"host":"127.0.0.1:45011","accept":"*/*","accept-encoding":"gzip, deflate","connection":"keep-alive","user-agent":"python-httpx/0.28.1","content-type":"application/json","x-hub-signature-256":"sha256=74fbf3832144052578f24d15a9b90deea9ad81858f65424cd3411fa0920dff83","content-length":"38"},"query":{},"body":{"kind": "later", "id": "order later"}}' AS BLOB));
INSERT INTO "run_payloads" VALUES('run_01m8na98djgagcbatg56g7nq5w',CAST('{"method":"POST","headers":{"host":"127.0.0.1:45011","accept":"*/*","accept-encoding":"gzip, deflate","connection":"keep-alive","user-agent":"python-httpx/0.28.1","content-type":"application/json","x-hub-signature-256":"sha256=8d39d9b49d14b5596da06970fc98d7fbca8e0a1402d3661f2e919c2ce792295e","content-length":"40"},"query":{},"body":{"kind": "broken", "id": "order broken"}}' AS BLOB));
INSERT INTO "run_payloads" VALUES('run_01m8na98ft56577gxwp14284sb',CAST('{"method":"POST","headers":{"host":"127.0.0.1:45011","accept":"*/*","accept-encoding":"gzip, deflate","connection":"keep-alive","user-agent":"python-httpx/0.28.1","content-type":"application/json","x-hub-signature-256":"sha256=8c6c5cd2fe594abad4229957d53e1f683e729843a9c1a7b348ffccdb19dfd021","content-length":"48"},"query":{},"body":{"kind": "unheard of", "id": "order unheard of"}}' AS BLOB));
INSERT INTO "run_payloads" VALUES('run_01m8na98gprrdtggqsrzr7yd2m',CAST('{"method":"POST","headers":{},"query":{},"body":{"kind":"paid","id":"o-1"}}' AS BLOB));
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
INSERT INTO "runs" VALUES('run_01m8na98czz6et5b4j9ynfnatd','prj_01m8na92h4rezjz155wmdega40','flow_01m8na98bw5y8ywmnrfxg17gww','ver_01m8na98cbcvrhsbf65aft72v7',1,'production','webhook','succeeded',0,0,0,'["by_kind:Paid","remember","total"]',NULL,NULL,'[]',NULL,NULL,NULL,9,'2026-11-30T04:09:22.079Z','2026-11-30T04:09:22.082Z','2026-11-30T04:09:22.092Z');
INSERT INTO "runs" VALUES('run_01m8na98d5fr315bpcszks23sp','prj_01m8na92h4rezjz155wmdega40','flow_01m8na98bw5y8ywmnrfxg17gww','ver_01m8na98cbcvrhsbf65aft72v7',1,'production','webhook','waiting',0,0,0,'["by_kind:Later","wait"]',NULL,NULL,'[]',NULL,NULL,'2026-12-09T04:09:22.097Z',0,'2026-11-30T04:09:22.085Z','2026-11-30T04:09:22.097Z',NULL);
INSERT INTO "runs" VALUES('run_01m8na98djgagcbatg56g7nq5w','prj_01m8na92h4rezjz155wmdega40','flow_01m8na98bw5y8ywmnrfxg17gww','ver_01m8na98cbcvrhsbf65aft72v7',1,'production','webhook','failed',0,0,0,'["by_kind:Broken","call"]','{"step":"call","kind":"EgressRefused","message":"127.0.0.1 is not a public address; SWITCHYARD_EGRESS_ALLOW names the private ones in use"}',NULL,'[]',NULL,NULL,NULL,68,'2026-11-30T04:09:22.098Z','2026-11-30T04:09:22.100Z','2026-11-30T04:09:22.169Z');
INSERT INTO "runs" VALUES('run_01m8na98ft56577gxwp14284sb','prj_01m8na92h4rezjz155wmdega40','flow_01m8na98bw5y8ywmnrfxg17gww','ver_01m8na98cbcvrhsbf65aft72v7',1,'production','webhook','succeeded',1,0,0,'["by_kind"]',NULL,NULL,'[]',NULL,NULL,NULL,0,'2026-11-30T04:09:22.170Z','2026-11-30T04:09:22.177Z','2026-11-30T04:09:22.177Z');
INSERT INTO "runs" VALUES('run_01m8na98gprrdtggqsrzr7yd2m','prj_01m8na92h4rezjz155wmdega40','flow_01m8na98bw5y8ywmnrfxg17gww','ver_417aa90a3ff48592125ca995db',0,'test','webhook','succeeded',0,0,0,'["by_kind:Paid","remember","total"]',NULL,NULL,'[]',NULL,NULL,NULL,13,'2026-11-30T04:09:22.198Z','2026-11-30T04:09:22.214Z','2026-11-30T04:09:22.224Z');
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
INSERT INTO "store_items" VALUES('prj_01m8na92h4rezjz155wmdega40','flow_01m8na98bw5y8ywmnrfxg17gww','last order','"o-1"','2026-11-30T04:09:22.220Z');
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
INSERT INTO "users" VALUES('usr_01m8na92yx7mhb0fwca1pdy05v','admin@example.com','admin','$argon2id$v=19$m=65536,t=3,p=4$T9R8nLqDLeYZ4HFBPrF/bw$6sJV7EZ24ydKPYs94QestdWqJkVRTe88IoyccsAd39M',1,0,'2026-11-30T04:09:16.509Z',NULL);
CREATE INDEX runs_unrouted ON runs (project_id, id) WHERE unrouted;
CREATE INDEX runs_by_project ON runs (project_id, id);
CREATE INDEX runs_resume ON runs (resume_at) WHERE status = 'waiting';
CREATE INDEX runs_by_flow ON runs (flow_id, id);
CREATE INDEX runs_open ON runs (status, flow_id) WHERE status IN ('queued', 'running', 'waiting');
CREATE INDEX runs_ended_badly ON runs (project_id, id) WHERE status IN ('failed', 'timed_out', 'canceled');
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
CREATE INDEX flows_by_project ON flows (project_id, id);
CREATE UNIQUE INDEX draft_edits_by_number ON draft_edits (flow_id, number);
CREATE UNIQUE INDEX flow_drafts_by_digest ON flow_versions (flow_id, digest) WHERE number = 0;
CREATE UNIQUE INDEX flow_versions_by_number ON flow_versions (flow_id, number) WHERE number > 0;
DELETE FROM "sqlite_sequence";
COMMIT;
PRAGMA user_version=1;
