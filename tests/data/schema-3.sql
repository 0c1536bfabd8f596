-- A store of schema 3 that has an index of schema 4 already (d229fa4).
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
INSERT INTO "api_keys" VALUES('key_01m8na9yh1rdbsmva72p7qtkfn','prj_01m8na9t3s1aev94am93hzaraq','filler','admin','843392fbff7d967616a5d5981c724c47e7fce7b8e2f6a85797f0739390153e80','xuCY','2026-11-30T04:09:44.738Z',NULL,'2026-11-30T04:09:46.359Z');
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
INSERT INTO "connections" VALUES('con_01m8naa049qrdxh69ne4mvba5q','prj_01m8na9t3s1aev94am93hzaraq','orders-signing','webhook',X'01EB6EBEAA776CFE53D4C640AE1FBF62254A451F636DB086C9D4DEE5BF981A65F3DA5DF0DABEA81DF08C7074B513D13779C63DE6DE7B96BB36CF441F875B5A5AED','unchecked',NULL,'2026-11-30T04:09:46.377Z','2026-11-30T04:09:46.377Z',NULL);
CREATE TABLE cursors (
	name VARCHAR NOT NULL,
	at INTEGER NOT NULL,
	event_id VARCHAR NOT NULL,
	PRIMARY KEY (name)
);
CREATE TABLE cuts (
	id VARCHAR NOT NULL,
	project_id VARCHAR NOT NULL,
	run_id VARCHAR NOT NULL,
	flow_id VARCHAR NOT NULL,
	via VARCHAR NOT NULL,
	reason VARCHAR NOT NULL,
	created VARCHAR NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE dedupe (
	flow_id VARCHAR NOT NULL,
	"key" VARCHAR NOT NULL,
	run_id VARCHAR NOT NULL,
	created VARCHAR NOT NULL,
	PRIMARY KEY (flow_id, "key")
);
INSERT INTO "dedupe" VALUES('flow_01m8naa04t5e3wc65vz5xvfqe3','own:order paid','run_01m8naa067zv635qyxyrefnm6c','2026-11-30T04:09:46.439Z');
INSERT INTO "dedupe" VALUES('flow_01m8naa04t5e3wc65vz5xvfqe3','own:order later','run_01m8naa06aftqyvbj863xp9xj8','2026-11-30T04:09:46.442Z');
INSERT INTO "dedupe" VALUES('flow_01m8naa04t5e3wc65vz5xvfqe3','own:order broken','run_01m8naa06svka9dyhvk1h0m2vj','2026-11-30T04:09:46.457Z');
INSERT INTO "dedupe" VALUES('flow_01m8naa04t5e3wc65vz5xvfqe3','own:order unheard of','run_01m8naa0a5pnxnq46c76rsnfmm','2026-11-30T04:09:46.565Z');
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
	tries INTEGER NOT NULL,
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
INSERT INTO "draft_edits" VALUES('edt_01m8naa0ck1f0tqvwq7y6w5tm4','flow_01m8naa04t5e3wc65vz5xvfqe3','prj_01m8na9t3s1aev94am93hzaraq',1,'set_name','Renamed the flow to “Orders of the shop”','{"name":"Orders of the shop"}',34,'',' of the shop',2,'key_01m8na9yh1rdbsmva72p7qtkfn','2026-11-30T04:09:46.643Z');
INSERT INTO "draft_edits" VALUES('edt_01m8naa0d19ww30hmc8p632nw2','flow_01m8naa04t5e3wc65vz5xvfqe3','prj_01m8na9t3s1aev94am93hzaraq',2,'set_name','Renamed the flow to “Orders of two shops”','{"name":"Orders of two shops"}',39,'he shop','wo shops',4,'key_01m8na9yh1rdbsmva72p7qtkfn','2026-11-30T04:09:46.657Z');
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
INSERT INTO "events" VALUES('evt_01m8na9t3vgmdw1ga5wnzaysn4','project.created','prj_01m8na9t3s1aev94am93hzaraq',NULL,CAST('{"id":"evt_01m8na9t3vgmdw1ga5wnzaysn4","created":"2026-11-30T04:09:40.219Z","updated":"2026-11-30T04:09:40.219Z","action":"project.created","platformId":"switchyard","projectId":"prj_01m8na9t3s1aev94am93hzaraq","data":{"project":{"id":"prj_01m8na9t3s1aev94am93hzaraq","displayName":"Default"}}}' AS BLOB),'[]','2026-11-30T04:09:40.219Z');
INSERT INTO "events" VALUES('evt_01m8na9tj65xn96v88vky2s50n','user.signed.up',NULL,'usr_01m8na9tj15ezfmkrkb1tzfcc4',CAST('{"id":"evt_01m8na9tj65xn96v88vky2s50n","created":"2026-11-30T04:09:40.678Z","updated":"2026-11-30T04:09:40.678Z","action":"user.signed.up","platformId":"switchyard","userId":"usr_01m8na9tj15ezfmkrkb1tzfcc4","userEmail":"admin@example.com","data":{"user":{"id":"usr_01m8na9tj15ezfmkrkb1tzfcc4","email":"admin@example.com","displayName":"admin","firstName":"admin","lastName":""},"source":"credentials"}}' AS BLOB),'[]','2026-11-30T04:09:40.678Z');
INSERT INTO "events" VALUES('evt_01m8na9yh5ggsrbww95e1yv4zs','api_key.created','prj_01m8na9t3s1aev94am93hzaraq',NULL,CAST('{"id":"evt_01m8na9yh5ggsrbww95e1yv4zs","created":"2026-11-30T04:09:44.741Z","updated":"2026-11-30T04:09:44.741Z","action":"api_key.created","platformId":"switchyard","projectId":"prj_01m8na9t3s1aev94am93hzaraq","data":{"apiKey":{"id":"key_01m8na9yh1rdbsmva72p7qtkfn","displayName":"filler","role":"admin","last4":"xuCY"}}}' AS BLOB),'[]','2026-11-30T04:09:44.741Z');
INSERT INTO "events" VALUES('evt_01m8naa04e0bne3xemcxys7v9b','connection.upserted','prj_01m8na9t3s1aev94am93hzaraq',NULL,CAST('{"id":"evt_01m8naa04e0bne3xemcxys7v9b","created":"2026-11-30T04:09:46.382Z","updated":"2026-11-30T04:09:46.382Z","action":"connection.upserted","platformId":"switchyard","projectId":"prj_01m8na9t3s1aev94am93hzaraq","ip":"127.0.0.1","data":{"connection":{"id":"con_01m8naa049qrdxh69ne4mvba5q","displayName":"orders-signing","externalId":"orders-signing","pieceName":"webhook","status":"UNCHECKED","type":"CUSTOM_AUTH","created":"2026-11-30T04:09:46.377Z","updated":"2026-11-30T04:09:46.377Z"}}}' AS BLOB),'[]','2026-11-30T04:09:46.382Z');
INSERT INTO "events" VALUES('evt_01m8naa04wpsf34keg2ees2y7t','flow.created','prj_01m8na9t3s1aev94am93hzaraq',NULL,CAST('{"id":"evt_01m8naa04wpsf34keg2ees2y7t","created":"2026-11-30T04:09:46.396Z","updated":"2026-11-30T04:09:46.396Z","action":"flow.created","platformId":"switchyard","projectId":"prj_01m8na9t3s1aev94am93hzaraq","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8naa04t5e3wc65vz5xvfqe3","externalId":"flow_01m8naa04t5e3wc65vz5xvfqe3","displayName":"Orders","created":"2026-11-30T04:09:46.394Z","updated":"2026-11-30T04:09:46.394Z"}}}' AS BLOB),'[]','2026-11-30T04:09:46.396Z');
INSERT INTO "events" VALUES('evt_01m8naa05e8v72jvzw93dzt5qz','flow.published','prj_01m8na9t3s1aev94am93hzaraq',NULL,CAST('{"id":"evt_01m8naa05e8v72jvzw93dzt5qz","created":"2026-11-30T04:09:46.414Z","updated":"2026-11-30T04:09:46.414Z","action":"flow.published","platformId":"switchyard","projectId":"prj_01m8na9t3s1aev94am93hzaraq","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8naa04t5e3wc65vz5xvfqe3","externalId":"flow_01m8naa04t5e3wc65vz5xvfqe3","displayName":"Orders","created":"2026-11-30T04:09:46.394Z","updated":"2026-11-30T04:09:46.414Z"},"flowVersion":{"id":"ver_01m8naa05dcvkj7ymjcfaj5wdy","displayName":"Orders","flowId":"flow_01m8naa04t5e3wc65vz5xvfqe3","number":1,"created":"2026-11-30T04:09:46.394Z","updated":"2026-11-30T04:09:46.414Z"}}}' AS BLOB),'[]','2026-11-30T04:09:46.414Z');
INSERT INTO "events" VALUES('evt_01m8naa05f8mfzvq2gbpnzmjfc','flow.activated','prj_01m8na9t3s1aev94am93hzaraq',NULL,CAST('{"id":"evt_01m8naa05f8mfzvq2gbpnzmjfc","created":"2026-11-30T04:09:46.415Z","updated":"2026-11-30T04:09:46.415Z","action":"flow.activated","platformId":"switchyard","projectId":"prj_01m8na9t3s1aev94am93hzaraq","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8naa04t5e3wc65vz5xvfqe3","externalId":"flow_01m8naa04t5e3wc65vz5xvfqe3","displayName":"Orders","created":"2026-11-30T04:09:46.394Z","updated":"2026-11-30T04:09:46.414Z"},"flowVersion":{"id":"ver_01m8naa05dcvkj7ymjcfaj5wdy","displayName":"Orders","flowId":"flow_01m8naa04t5e3wc65vz5xvfqe3","number":1,"created":"2026-11-30T04:09:46.394Z","updated":"2026-11-30T04:09:46.414Z"}}}' AS BLOB),'[]','2026-11-30T04:09:46.415Z');
INSERT INTO "events" VALUES('evt_01m8naa0a46thwvxepyqqctc88','flow.run.failed','prj_01m8na9t3s1aev94am93hzaraq',NULL,CAST('{"id":"evt_01m8naa0a46thwvxepyqqctc88","created":"2026-11-30T04:09:46.554Z","updated":"2026-11-30T04:09:46.554Z","action":"flow.run.failed","platformId":"switchyard","projectId":"prj_01m8na9t3s1aev94am93hzaraq","data":{"flowRun":{"id":"run_01m8naa06svka9dyhvk1h0m2vj","startTime":"2026-11-30T04:09:46.457Z","finishTime":"2026-11-30T04:09:46.554Z","duration":96,"environment":"PRODUCTION","flowId":"flow_01m8naa04t5e3wc65vz5xvfqe3","flowVersionId":"ver_01m8naa05dcvkj7ymjcfaj5wdy","flowDisplayName":"Orders","status":"FAILED","triggeredBy":"webhook","stepNameToTest":null,"unrouted":false,"warnings":0,"error":{"step":"call","message":"127.0.0.1 is not a public address; SWITCHYARD_EGRESS_ALLOW names the private ones in use"}}}}' AS BLOB),'[]','2026-11-30T04:09:46.554Z');
INSERT INTO "events" VALUES('evt_01m8naa0a6ffkwz2r4t4rysvge','flow.run.unrouted','prj_01m8na9t3s1aev94am93hzaraq',NULL,CAST('{"id":"evt_01m8naa0a6ffkwz2r4t4rysvge","created":"2026-11-30T04:09:46.566Z","updated":"2026-11-30T04:09:46.566Z","action":"flow.run.unrouted","platformId":"switchyard","projectId":"prj_01m8na9t3s1aev94am93hzaraq","data":{"flowRun":{"id":"run_01m8naa0a5pnxnq46c76rsnfmm","startTime":"2026-11-30T04:09:46.566Z","finishTime":"2026-11-30T04:09:46.566Z","duration":0,"environment":"PRODUCTION","flowId":"flow_01m8naa04t5e3wc65vz5xvfqe3","flowVersionId":"ver_01m8naa05dcvkj7ymjcfaj5wdy","flowDisplayName":"Orders","status":"SUCCEEDED","triggeredBy":"webhook","stepNameToTest":null,"unrouted":true,"warnings":0,"error":null}}}' AS BLOB),'[]','2026-11-30T04:09:46.566Z');
INSERT INTO "events" VALUES('evt_01m8naa0cnp917h33jzfb7b2vx','flow.updated','prj_01m8na9t3s1aev94am93hzaraq',NULL,CAST('{"id":"evt_01m8naa0cnp917h33jzfb7b2vx","created":"2026-11-30T04:09:46.645Z","updated":"2026-11-30T04:09:46.645Z","action":"flow.updated","platformId":"switchyard","projectId":"prj_01m8na9t3s1aev94am93hzaraq","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8naa04t5e3wc65vz5xvfqe3","externalId":"flow_01m8naa04t5e3wc65vz5xvfqe3","displayName":"Orders of the shop","created":"2026-11-30T04:09:46.394Z","updated":"2026-11-30T04:09:46.641Z"},"request":{"type":"SET_NAME","request":{"revision":2,"sentence":"Renamed the flow to “Orders of the shop”","args":{"name":"Orders of the shop"}}}}}' AS BLOB),'[]','2026-11-30T04:09:46.645Z');
INSERT INTO "events" VALUES('evt_01m8naa0d21wrxe7w1sfadmr86','flow.updated','prj_01m8na9t3s1aev94am93hzaraq',NULL,CAST('{"id":"evt_01m8naa0d21wrxe7w1sfadmr86","created":"2026-11-30T04:09:46.658Z","updated":"2026-11-30T04:09:46.658Z","action":"flow.updated","platformId":"switchyard","projectId":"prj_01m8na9t3s1aev94am93hzaraq","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8naa04t5e3wc65vz5xvfqe3","externalId":"flow_01m8naa04t5e3wc65vz5xvfqe3","displayName":"Orders of two shops","created":"2026-11-30T04:09:46.394Z","updated":"2026-11-30T04:09:46.657Z"},"request":{"type":"SET_NAME","request":{"revision":3,"sentence":"Renamed the flow to “Orders of two shops”","args":{"name":"Orders of two shops"}}}}}' AS BLOB),'[]','2026-11-30T04:09:46.658Z');
INSERT INTO "events" VALUES('evt_01m8naa0dkhmja0msac2zm3z8n','flow.updated','prj_01m8na9t3s1aev94am93hzaraq',NULL,CAST('{"id":"evt_01m8naa0dkhmja0msac2zm3z8n","created":"2026-11-30T04:09:46.675Z","updated":"2026-11-30T04:09:46.675Z","action":"flow.updated","platformId":"switchyard","projectId":"prj_01m8na9t3s1aev94am93hzaraq","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8naa04t5e3wc65vz5xvfqe3","externalId":"flow_01m8naa04t5e3wc65vz5xvfqe3","displayName":"Orders of the shop","created":"2026-11-30T04:09:46.394Z","updated":"2026-11-30T04:09:46.674Z"},"request":{"type":"UNDO","request":{"revision":4,"sentence":"Undid: Renamed the flow to “Orders of two shops”"}}}}' AS BLOB),'[]','2026-11-30T04:09:46.675Z');
INSERT INTO "events" VALUES('evt_01m8naa0e0qgqpckpzaq5qh00v','flow.created','prj_01m8na9t3s1aev94am93hzaraq',NULL,CAST('{"id":"evt_01m8naa0e0qgqpckpzaq5qh00v","created":"2026-11-30T04:09:46.688Z","updated":"2026-11-30T04:09:46.688Z","action":"flow.created","platformId":"switchyard","projectId":"prj_01m8na9t3s1aev94am93hzaraq","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8naa0e0we7yvjb9sf1exeqy","externalId":"flow_01m8naa0e0we7yvjb9sf1exeqy","displayName":"Agents","created":"2026-11-30T04:09:46.688Z","updated":"2026-11-30T04:09:46.688Z"}}}' AS BLOB),'[]','2026-11-30T04:09:46.688Z');
INSERT INTO "events" VALUES('evt_01m8naa0ec02enp1ndxf8p96h5','flow.published','prj_01m8na9t3s1aev94am93hzaraq',NULL,CAST('{"id":"evt_01m8naa0ec02enp1ndxf8p96h5","created":"2026-11-30T04:09:46.700Z","updated":"2026-11-30T04:09:46.700Z","action":"flow.published","platformId":"switchyard","projectId":"prj_01m8na9t3s1aev94am93hzaraq","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8naa0e0we7yvjb9sf1exeqy","externalId":"flow_01m8naa0e0we7yvjb9sf1exeqy","displayName":"Agents","created":"2026-11-30T04:09:46.688Z","updated":"2026-11-30T04:09:46.700Z"},"flowVersion":{"id":"ver_01m8naa0eb4hbp1453m9kqjet2","displayName":"Agents","flowId":"flow_01m8naa0e0we7yvjb9sf1exeqy","number":1,"created":"2026-11-30T04:09:46.688Z","updated":"2026-11-30T04:09:46.700Z"}}}' AS BLOB),'[]','2026-11-30T04:09:46.700Z');
INSERT INTO "events" VALUES('evt_01m8naa0ed16y40pf1arye7rst','flow.activated','prj_01m8na9t3s1aev94am93hzaraq',NULL,CAST('{"id":"evt_01m8naa0ed16y40pf1arye7rst","created":"2026-11-30T04:09:46.701Z","updated":"2026-11-30T04:09:46.701Z","action":"flow.activated","platformId":"switchyard","projectId":"prj_01m8na9t3s1aev94am93hzaraq","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8naa0e0we7yvjb9sf1exeqy","externalId":"flow_01m8naa0e0we7yvjb9sf1exeqy","displayName":"Agents","created":"2026-11-30T04:09:46.688Z","updated":"2026-11-30T04:09:46.700Z"},"flowVersion":{"id":"ver_01m8naa0eb4hbp1453m9kqjet2","displayName":"Agents","flowId":"flow_01m8naa0e0we7yvjb9sf1exeqy","number":1,"created":"2026-11-30T04:09:46.688Z","updated":"2026-11-30T04:09:46.700Z"}}}' AS BLOB),'[]','2026-11-30T04:09:46.701Z');
INSERT INTO "events" VALUES('evt_01m8naa0ekh0tvxvewj0tgwd22','flow.created','prj_01m8na9t3s1aev94am93hzaraq',NULL,CAST('{"id":"evt_01m8naa0ekh0tvxvewj0tgwd22","created":"2026-11-30T04:09:46.707Z","updated":"2026-11-30T04:09:46.707Z","action":"flow.created","platformId":"switchyard","projectId":"prj_01m8na9t3s1aev94am93hzaraq","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8naa0ekr88f9ws8fdd41x1g","externalId":"flow_01m8naa0ekr88f9ws8fdd41x1g","displayName":"Switched off","created":"2026-11-30T04:09:46.707Z","updated":"2026-11-30T04:09:46.707Z"}}}' AS BLOB),'[]','2026-11-30T04:09:46.707Z');
INSERT INTO "events" VALUES('evt_01m8naa0er9v4ang3mk5m63c7a','flow.published','prj_01m8na9t3s1aev94am93hzaraq',NULL,CAST('{"id":"evt_01m8naa0er9v4ang3mk5m63c7a","created":"2026-11-30T04:09:46.712Z","updated":"2026-11-30T04:09:46.712Z","action":"flow.published","platformId":"switchyard","projectId":"prj_01m8na9t3s1aev94am93hzaraq","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8naa0ekr88f9ws8fdd41x1g","externalId":"flow_01m8naa0ekr88f9ws8fdd41x1g","displayName":"Switched off","created":"2026-11-30T04:09:46.707Z","updated":"2026-11-30T04:09:46.712Z"},"flowVersion":{"id":"ver_01m8naa0eq2tsfe7r2whkym1h3","displayName":"Switched off","flowId":"flow_01m8naa0ekr88f9ws8fdd41x1g","number":1,"created":"2026-11-30T04:09:46.707Z","updated":"2026-11-30T04:09:46.712Z"}}}' AS BLOB),'[]','2026-11-30T04:09:46.712Z');
INSERT INTO "events" VALUES('evt_01m8naa0es9qxv1anm6ma1hctx','flow.activated','prj_01m8na9t3s1aev94am93hzaraq',NULL,CAST('{"id":"evt_01m8naa0es9qxv1anm6ma1hctx","created":"2026-11-30T04:09:46.713Z","updated":"2026-11-30T04:09:46.713Z","action":"flow.activated","platformId":"switchyard","projectId":"prj_01m8na9t3s1aev94am93hzaraq","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8naa0ekr88f9ws8fdd41x1g","externalId":"flow_01m8naa0ekr88f9ws8fdd41x1g","displayName":"Switched off","created":"2026-11-30T04:09:46.707Z","updated":"2026-11-30T04:09:46.712Z"},"flowVersion":{"id":"ver_01m8naa0eq2tsfe7r2whkym1h3","displayName":"Switched off","flowId":"flow_01m8naa0ekr88f9ws8fdd41x1g","number":1,"created":"2026-11-30T04:09:46.707Z","updated":"2026-11-30T04:09:46.712Z"}}}' AS BLOB),'[]','2026-11-30T04:09:46.713Z');
INSERT INTO "events" VALUES('evt_01m8naa0exp8ga1a3y6kagyhbz','flow.deactivated','prj_01m8na9t3s1aev94am93hzaraq',NULL,CAST('{"id":"evt_01m8naa0exp8ga1a3y6kagyhbz","created":"2026-11-30T04:09:46.717Z","updated":"2026-11-30T04:09:46.717Z","action":"flow.deactivated","platformId":"switchyard","projectId":"prj_01m8na9t3s1aev94am93hzaraq","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8naa0ekr88f9ws8fdd41x1g","externalId":"flow_01m8naa0ekr88f9ws8fdd41x1g","displayName":"Switched off","created":"2026-11-30T04:09:46.707Z","updated":"2026-11-30T04:09:46.716Z"},"flowVersion":{"id":"ver_01m8naa0eq2tsfe7r2whkym1h3","displayName":"Switched off","flowId":"flow_01m8naa0ekr88f9ws8fdd41x1g","number":1,"created":"2026-11-30T04:09:46.707Z","updated":"2026-11-30T04:09:46.716Z"}}}' AS BLOB),'[]','2026-11-30T04:09:46.717Z');
INSERT INTO "events" VALUES('evt_01m8naa0f1db3rg02nfh5tbzsq','flow.created','prj_01m8na9t3s1aev94am93hzaraq',NULL,CAST('{"id":"evt_01m8naa0f1db3rg02nfh5tbzsq","created":"2026-11-30T04:09:46.721Z","updated":"2026-11-30T04:09:46.721Z","action":"flow.created","platformId":"switchyard","projectId":"prj_01m8na9t3s1aev94am93hzaraq","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8naa0f0xsnd7k54g5dbh1ha","externalId":"flow_01m8naa0f0xsnd7k54g5dbh1ha","displayName":"Deleted","created":"2026-11-30T04:09:46.720Z","updated":"2026-11-30T04:09:46.720Z"}}}' AS BLOB),'[]','2026-11-30T04:09:46.721Z');
INSERT INTO "events" VALUES('evt_01m8naa0f441tnjfpdgsfmkfh8','flow.deleted','prj_01m8na9t3s1aev94am93hzaraq',NULL,CAST('{"id":"evt_01m8naa0f441tnjfpdgsfmkfh8","created":"2026-11-30T04:09:46.724Z","updated":"2026-11-30T04:09:46.724Z","action":"flow.deleted","platformId":"switchyard","projectId":"prj_01m8na9t3s1aev94am93hzaraq","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8naa0f0xsnd7k54g5dbh1ha","externalId":"flow_01m8naa0f0xsnd7k54g5dbh1ha","displayName":"Deleted","created":"2026-11-30T04:09:46.720Z","updated":"2026-11-30T04:09:46.720Z"}}}' AS BLOB),'[]','2026-11-30T04:09:46.724Z');
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
INSERT INTO "flow_versions" VALUES('ver_01m8naa05dcvkj7ymjcfaj5wdy','prj_01m8na9t3s1aev94am93hzaraq','flow_01m8naa04t5e3wc65vz5xvfqe3',1,'{
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
','6248cc37eb20cbca84044e5ed4af67c72e6c9efae1c00a0037b8d5f060f3c4a6','','2026-11-30T04:09:46.413Z','key_01m8na9yh1rdbsmva72p7qtkfn');
INSERT INTO "flow_versions" VALUES('ver_2c941ddddceadd72797f4baf08','prj_01m8na9t3s1aev94am93hzaraq','flow_01m8naa04t5e3wc65vz5xvfqe3',0,'{
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
','6248cc37eb20cbca84044e5ed4af67c72e6c9efae1c00a0037b8d5f060f3c4a6','','2026-11-30T04:09:46.575Z','key_01m8na9yh1rdbsmva72p7qtkfn');
INSERT INTO "flow_versions" VALUES('ver_01m8naa0eb4hbp1453m9kqjet2','prj_01m8na9t3s1aev94am93hzaraq','flow_01m8naa0e0we7yvjb9sf1exeqy',1,'{
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
','1d3636dd2b704b4d6a468104ff228502c66b5edc45af1db0fa9fd52c6af351e3','','2026-11-30T04:09:46.699Z','key_01m8na9yh1rdbsmva72p7qtkfn');
INSERT INTO "flow_versions" VALUES('ver_01m8naa0eq2tsfe7r2whkym1h3','prj_01m8na9t3s1aev94am93hzaraq','flow_01m8naa0ekr88f9ws8fdd41x1g',1,'{
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
','199a39accad1edab570b9e28e90b42ed92dd1b849185ca160bee9e66c05052bf','','2026-11-30T04:09:46.711Z','key_01m8na9yh1rdbsmva72p7qtkfn');
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
INSERT INTO "flows" VALUES('flow_01m8naa04t5e3wc65vz5xvfqe3','prj_01m8na9t3s1aev94am93hzaraq','Orders of the shop',1,'{
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
','1d44ca20eddf9c68d33631638c373c5f9b7ca94ad1a411bbcfb243672e760f4f',4,1,1,NULL,NULL,'[]','2026-11-30T04:09:46.394Z','2026-11-30T04:09:46.674Z','key_01m8na9yh1rdbsmva72p7qtkfn',NULL,NULL);
INSERT INTO "flows" VALUES('flow_01m8naa0e0we7yvjb9sf1exeqy','prj_01m8na9t3s1aev94am93hzaraq','Agents',1,'{
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
','1d3636dd2b704b4d6a468104ff228502c66b5edc45af1db0fa9fd52c6af351e3',1,0,1,'deck',NULL,'[]','2026-11-30T04:09:46.688Z','2026-11-30T04:09:46.700Z','key_01m8na9yh1rdbsmva72p7qtkfn',NULL,NULL);
INSERT INTO "flows" VALUES('flow_01m8naa0ekr88f9ws8fdd41x1g','prj_01m8na9t3s1aev94am93hzaraq','Switched off',0,'{
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
','199a39accad1edab570b9e28e90b42ed92dd1b849185ca160bee9e66c05052bf',1,0,1,NULL,NULL,'[]','2026-11-30T04:09:46.707Z','2026-11-30T04:09:46.716Z','key_01m8na9yh1rdbsmva72p7qtkfn',NULL,NULL);
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
INSERT INTO "journal" VALUES('run_01m8naa067zv635qyxyrefnm6c',0,CAST('[{"name":"by_kind","type":"router","status":"succeeded","output":{"key":"paid","branches":["Paid"]},"branch":"Paid","input":{"key":"paid"}},{"name":"remember","type":"action","status":"succeeded","piece":"store","action":"put","attempts":1,"input":{"key":"last order","value":"order paid"},"output":"order paid","ms":3.86},{"name":"total","type":"action","status":"succeeded","piece":"data","action":"compose","attempts":1,"input":{"value":{"order":"order paid"}},"output":{"order":"order paid"},"ms":0.08}]' AS BLOB));
INSERT INTO "journal" VALUES('run_01m8naa06aftqyvbj863xp9xj8',0,CAST('[{"name":"by_kind","type":"router","status":"succeeded","output":{"key":"later","branches":["Later"]},"branch":"Later","input":{"key":"later"}},{"name":"wait","type":"action","status":"waiting","piece":"delay","action":"delay_for","attempts":1,"input":{"duration":9,"unit":"days"},"resume_at":1796789386.4462528,"state":{"since":"2026-11-30T04:09:46.446Z","until":"2026-12-09T04:09:46.446Z"},"ms":0.15}]' AS BLOB));
INSERT INTO "journal" VALUES('run_01m8naa06svka9dyhvk1h0m2vj',0,CAST('[{"name":"by_kind","type":"router","status":"succeeded","output":{"key":"broken","branches":["Broken"]},"branch":"Broken","input":{"key":"broken"}},{"name":"call","type":"action","status":"failed","piece":"http","action":"request","attempts":1,"input":{"method":"GET","url":"http://127.0.0.1:9/refused"},"error":{"kind":"EgressRefused","message":"127.0.0.1 is not a public address; SWITCHYARD_EGRESS_ALLOW names the private ones in use"},"log":[{"number":1,"started":"2026-11-30T04:09:46.457Z","ms":96.32,"error":"127.0.0.1 is not a public address; SWITCHYARD_EGRESS_ALLOW names the private ones in use"}],"ms":96.36}]' AS BLOB));
INSERT INTO "journal" VALUES('run_01m8naa0a5pnxnq46c76rsnfmm',0,CAST('[{"name":"by_kind","type":"router","status":"succeeded","output":{"key":"unheard of","branches":[]},"unrouted":true,"input":{"key":"unheard of"}}]' AS BLOB));
INSERT INTO "journal" VALUES('run_01m8naa0agg8k7dhc9cbhn7bv0',0,CAST('[{"name":"by_kind","type":"router","status":"succeeded","output":{"key":"paid","branches":["Paid"]},"branch":"Paid","input":{"key":"paid"}}]' AS BLOB));
INSERT INTO "journal" VALUES('run_01m8naa0agg8k7dhc9cbhn7bv0',1,CAST('[{"name":"remember","type":"action","status":"succeeded","piece":"store","action":"put","attempts":1,"input":{"key":"last order","value":"o-1"},"output":"o-1","ms":1.83},{"name":"total","type":"action","status":"succeeded","piece":"data","action":"compose","attempts":1,"input":{"value":{"order":"o-1"}},"output":{"order":"o-1"},"ms":0.08}]' AS BLOB));
CREATE TABLE members (
	project_id VARCHAR NOT NULL,
	user_id VARCHAR NOT NULL,
	role VARCHAR(6) NOT NULL,
	PRIMARY KEY (project_id, user_id),
	FOREIGN KEY(project_id) REFERENCES projects (id),
	FOREIGN KEY(user_id) REFERENCES users (id)
);
INSERT INTO "members" VALUES('prj_01m8na9t3s1aev94am93hzaraq','usr_01m8na9tj15ezfmkrkb1tzfcc4','admin');
CREATE TABLE projects (
	id VARCHAR NOT NULL,
	name VARCHAR NOT NULL,
	created VARCHAR NOT NULL,
	PRIMARY KEY (id)
);
INSERT INTO "projects" VALUES('prj_01m8na9t3s1aev94am93hzaraq','Default','2026-11-30T04:09:40.217Z');
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
INSERT INTO "run_payloads" VALUES('run_01m8naa067zv635qyxyrefnm6c',CAST('{"method":"POST","headers":{"host":"127.0.0.1:58035","accept":"*/*","accept-encoding":"gzip, deflate","connection":"keep-alive","user-agent":"python-httpx/0.28.1","content-type":"application/json","x-hub-signature-256":"sha256=e0178a6491e6dc4a91c7602c81f51bf5ab713da44b7c0ffab85101077bb08172","content-length":"36"},"query":{},"body":{"kind": "paid", "id": "order paid"}}' AS BLOB));
INSERT INTO "run_payloads" VALUES('run_01m8naa06aftqyvbj863xp9xj8',CAST('{"method":"POST","headers":{"host":"127.0.0.1:58035","accept":"*/*","accept-encoding":"gzip, deflate","connection":"keep-alive","user-agent":"python-httpx/0.28.1","content-type":"application/json","x-hub-signature-256":"sha256=74fbf3832144052578f24d15a9b90deea9ad81858f65424cd3411fa0920dff83","content-length":"38"},"query":{},"body":{"kind": "later", "id": "order later"}}' AS BLOB));
INSERT INTO "run_payloads" VALUES('run_01m8naa06svka9dyhvk1h0m2vj',CAST('{"method":"POST","headers":{"host":"127.0.0.1:58035","accept":"*/*","accept-encoding":"gzip, deflate","connection":"keep-alive","user-agent":"python-httpx/0.28.1","content-type":"application/json","x-hub-signature-256":"sha256=8d39d9b49d14b5596da06970fc98d7fbca8e0a1402d3661f2e919c2ce792295e","content-length":"40"},"query":{},"body":{"kind": "broken", "id": "order broken"}}' AS BLOB));
INSERT INTO "run_payloads" VALUES('run_01m8naa0a5pnxnq46c76rsnfmm',CAST('{"method":"POST","headers":{"host":"127.0.0.1:58035","accept":"*/*","accept-encoding":"gzip, deflate","connection":"keep-alive","user-agent":"python-httpx/0.28.1","content-type":"application/json","x-hub-signature-256":"sha256=8c6c5cd2fe594abad4229957d53e1f683e729843a9c1a7b348ffccdb19dfd021","content-length":"48"},"query":{},"body":{"kind": "unheard of", "id": "order unheard of"}}' AS BLOB));
INSERT INTO "run_payloads" VALUES('run_01m8naa0agg8k7dhc9cbhn7bv0',CAST('{"method":"POST","headers":{},"query":{},"body":{"kind":"paid","id":"o-1"}}' AS BLOB));
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
INSERT INTO "runs" VALUES('run_01m8naa067zv635qyxyrefnm6c','prj_01m8na9t3s1aev94am93hzaraq','flow_01m8naa04t5e3wc65vz5xvfqe3','ver_01m8naa05dcvkj7ymjcfaj5wdy',1,'production','webhook','succeeded',0,0,0,'["by_kind:Paid","remember","total"]',NULL,NULL,'[]',NULL,NULL,NULL,4,'2026-11-30T04:09:46.439Z','2026-11-30T04:09:46.440Z','2026-11-30T04:09:46.444Z');
INSERT INTO "runs" VALUES('run_01m8naa06aftqyvbj863xp9xj8','prj_01m8na9t3s1aev94am93hzaraq','flow_01m8naa04t5e3wc65vz5xvfqe3','ver_01m8naa05dcvkj7ymjcfaj5wdy',1,'production','webhook','waiting',0,0,0,'["by_kind:Later","wait"]',NULL,NULL,'[]',NULL,NULL,'2026-12-09T04:09:46.446Z',0,'2026-11-30T04:09:46.442Z','2026-11-30T04:09:46.446Z',NULL);
INSERT INTO "runs" VALUES('run_01m8naa06svka9dyhvk1h0m2vj','prj_01m8na9t3s1aev94am93hzaraq','flow_01m8naa04t5e3wc65vz5xvfqe3','ver_01m8naa05dcvkj7ymjcfaj5wdy',1,'production','webhook','failed',0,0,0,'["by_kind:Broken","call"]','{"step":"call","kind":"EgressRefused","message":"127.0.0.1 is not a public address; SWITCHYARD_EGRESS_ALLOW names the private ones in use"}',NULL,'[]',NULL,NULL,NULL,96,'2026-11-30T04:09:46.457Z','2026-11-30T04:09:46.457Z','2026-11-30T04:09:46.554Z');
INSERT INTO "runs" VALUES('run_01m8naa0a5pnxnq46c76rsnfmm','prj_01m8na9t3s1aev94am93hzaraq','flow_01m8naa04t5e3wc65vz5xvfqe3','ver_01m8naa05dcvkj7ymjcfaj5wdy',1,'production','webhook','succeeded',1,0,0,'["by_kind"]',NULL,NULL,'[]',NULL,NULL,NULL,0,'2026-11-30T04:09:46.565Z','2026-11-30T04:09:46.566Z','2026-11-30T04:09:46.566Z');
INSERT INTO "runs" VALUES('run_01m8naa0agg8k7dhc9cbhn7bv0','prj_01m8na9t3s1aev94am93hzaraq','flow_01m8naa04t5e3wc65vz5xvfqe3','ver_2c941ddddceadd72797f4baf08',0,'test','webhook','succeeded',0,0,0,'["by_kind:Paid","remember","total"]',NULL,NULL,'[]',NULL,NULL,NULL,4,'2026-11-30T04:09:46.576Z','2026-11-30T04:09:46.581Z','2026-11-30T04:09:46.583Z');
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
INSERT INTO "store_items" VALUES('prj_01m8na9t3s1aev94am93hzaraq','flow_01m8naa04t5e3wc65vz5xvfqe3','last order','"o-1"','2026-11-30T04:09:46.582Z');
CREATE TABLE subscriptions (
	flow_id VARCHAR NOT NULL,
	"trigger" VARCHAR NOT NULL,
	project_id VARCHAR NOT NULL,
	source VARCHAR NOT NULL,
	at INTEGER NOT NULL,
	generation INTEGER NOT NULL,
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
INSERT INTO "users" VALUES('usr_01m8na9tj15ezfmkrkb1tzfcc4','admin@example.com','admin','$argon2id$v=19$m=65536,t=3,p=4$YMDDcTIQpUxt+kt9pOnK7A$n/tkGmJxl8tqwOM0L7TiSnCsKewhwHoHh+CDJs9Unvo',1,0,'2026-11-30T04:09:40.673Z',NULL);
CREATE INDEX runs_by_project ON runs (project_id, id);
CREATE INDEX runs_by_flow ON runs (flow_id, id);
CREATE INDEX runs_open ON runs (status, flow_id) WHERE status IN ('queued', 'running', 'waiting');
CREATE INDEX runs_of_drafts ON runs (version_id) WHERE version = 0;
CREATE INDEX runs_resume ON runs (resume_at) WHERE status = 'waiting';
CREATE INDEX runs_unrouted ON runs (project_id, id) WHERE unrouted;
CREATE INDEX runs_ended_badly ON runs (project_id, id) WHERE status IN ('failed', 'timed_out', 'canceled');
CREATE INDEX dedupe_by_age ON dedupe (created);
CREATE INDEX events_by_project ON events (project_id, id);
CREATE INDEX events_by_action ON events (action, id);
CREATE INDEX destinations_by_project ON destinations (project_id, id);
CREATE INDEX deliveries_held ON deliveries (destination_id, id) WHERE status = 'held';
CREATE INDEX deliveries_of_key ON deliveries (destination_id, order_key, id) WHERE status = 'pending' AND order_key IS NOT NULL;
CREATE INDEX deliveries_due ON deliveries (destination_id, next_at, id) WHERE status = 'pending';
CREATE INDEX deliveries_in_order ON deliveries (destination_id, id) WHERE status = 'pending' AND order_key IS NOT NULL;
CREATE INDEX deliveries_dead ON deliveries (destination_id, id) WHERE status = 'dead';
CREATE INDEX deliveries_by_destination ON deliveries (destination_id, id);
CREATE INDEX deliveries_of_event ON deliveries (event_id);
CREATE INDEX delivery_attempts_by_time ON delivery_attempts (destination_id, started, kind, duration_ms);
CREATE INDEX ix_replays_destination_id ON replays (destination_id);
CREATE INDEX topic_messages_by_topic ON topic_messages (project_id, topic, number);
CREATE INDEX cuts_of_flow ON cuts (project_id, flow_id, id);
CREATE INDEX cuts_of_run ON cuts (project_id, run_id);
CREATE INDEX cuts_by_age ON cuts (created);
CREATE UNIQUE INDEX catalogues_by_name ON catalogues (project_id, name);
CREATE INDEX ix_sessions_user_id ON sessions (user_id);
CREATE INDEX ix_setup_links_user_id ON setup_links (user_id);
CREATE INDEX ix_members_user_id ON members (user_id);
CREATE INDEX ix_api_keys_project_id ON api_keys (project_id);
CREATE UNIQUE INDEX connections_by_name ON connections (project_id, name);
CREATE UNIQUE INDEX folders_by_name ON folders (project_id, name);
CREATE INDEX flows_by_project ON flows (project_id, id);
CREATE INDEX flows_by_folder ON flows (folder_id);
CREATE INDEX flows_deleted ON flows (deleted) WHERE deleted IS NOT NULL;
CREATE UNIQUE INDEX draft_edits_by_number ON draft_edits (flow_id, number);
CREATE UNIQUE INDEX flow_drafts_by_digest ON flow_versions (flow_id, digest) WHERE number = 0;
CREATE UNIQUE INDEX flow_versions_by_number ON flow_versions (flow_id, number) WHERE number > 0;
DELETE FROM "sqlite_sequence";
COMMIT;
PRAGMA user_version=3;
