-- A store of schema 1 (6ec7b35).
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
INSERT INTO "api_keys" VALUES('key_01m8na8stszxpa3ywt2evpaf23','prj_01m8na8mwptd1rqbks622b45rj','filler','admin','f88d48b1d86396bce9b5bd44628ec7501fb6926dd6c86637b2ae23b80beefd8f','SKSa','2026-11-30T04:09:07.161Z',NULL,'2026-11-30T04:09:08.295Z');
CREATE TABLE armed_triggers (
	flow_id VARCHAR NOT NULL,
	"trigger" VARCHAR NOT NULL,
	project_id VARCHAR NOT NULL,
	definition VARCHAR NOT NULL,
	armed BOOLEAN NOT NULL,
	error VARCHAR,
	PRIMARY KEY (flow_id, "trigger")
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
INSERT INTO "connections" VALUES('con_01m8na8tym1k5c3n7h5a2wcxac','prj_01m8na8mwptd1rqbks622b45rj','orders-signing','webhook',X'01EB6EBEAAD6B86B51604478DBB0B4AE60EF9DBF9C51C59C389309DA648690D2FC3754DAD22F002BDC6085E48F9FC8D8ABF75A1A660C8F865AF3C14DB6B8CADC2E','unchecked',NULL,'2026-11-30T04:09:08.308Z','2026-11-30T04:09:08.308Z',NULL);
CREATE TABLE dedupe (
	flow_id VARCHAR NOT NULL,
	"key" VARCHAR NOT NULL,
	run_id VARCHAR NOT NULL,
	created VARCHAR NOT NULL,
	PRIMARY KEY (flow_id, "key")
);
INSERT INTO "dedupe" VALUES('flow_01m8na8tz0c3wvvhw3navwbjxj','own:order paid','run_01m8na8v08knebx9t787d722br','2026-11-30T04:09:08.360Z');
INSERT INTO "dedupe" VALUES('flow_01m8na8tz0c3wvvhw3navwbjxj','own:order later','run_01m8na8v0djz12yz55rm8jvn5p','2026-11-30T04:09:08.365Z');
INSERT INTO "dedupe" VALUES('flow_01m8na8tz0c3wvvhw3navwbjxj','own:order broken','run_01m8na8v0yh6jaa7z5m6757k1x','2026-11-30T04:09:08.382Z');
INSERT INTO "dedupe" VALUES('flow_01m8na8tz0c3wvvhw3navwbjxj','own:order unheard of','run_01m8na8v6r2webc2gn690fdm4n','2026-11-30T04:09:08.568Z');
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
INSERT INTO "draft_edits" VALUES('edt_01m8na8vdgqcq2n8jg1hcd32ks','flow_01m8na8tz0c3wvvhw3navwbjxj','prj_01m8na8mwptd1rqbks622b45rj',1,'set_name','Renamed the flow to “Orders of the shop”','{"name":"Orders of the shop"}',34,'',' of the shop',2,'key_01m8na8stszxpa3ywt2evpaf23','2026-11-30T04:09:08.784Z');
INSERT INTO "draft_edits" VALUES('edt_01m8na8ve08qv8ejdr5f5ydk3k','flow_01m8na8tz0c3wvvhw3navwbjxj','prj_01m8na8mwptd1rqbks622b45rj',2,'set_name','Renamed the flow to “Orders of two shops”','{"name":"Orders of two shops"}',39,'he shop','wo shops',4,'key_01m8na8stszxpa3ywt2evpaf23','2026-11-30T04:09:08.800Z');
CREATE TABLE events (
	id VARCHAR NOT NULL,
	action VARCHAR NOT NULL,
	project_id VARCHAR,
	user_id VARCHAR,
	envelope BLOB NOT NULL,
	created VARCHAR NOT NULL,
	PRIMARY KEY (id)
);
INSERT INTO "events" VALUES('evt_01m8na8mwy5y8ex2fj6101z4dh','project.created','prj_01m8na8mwptd1rqbks622b45rj',NULL,CAST('{"id":"evt_01m8na8mwy5y8ex2fj6101z4dh","created":"2026-11-30T04:09:02.110Z","updated":"2026-11-30T04:09:02.110Z","action":"project.created","platformId":"switchyard","projectId":"prj_01m8na8mwptd1rqbks622b45rj","data":{"project":{"id":"prj_01m8na8mwptd1rqbks622b45rj","displayName":"Default"}}}' AS BLOB),'2026-11-30T04:09:02.110Z');
INSERT INTO "events" VALUES('evt_01m8na8nbe3wf3kbj01e1vexpa','user.signed.up',NULL,'usr_01m8na8nb2qhwrp9cj41r7y33y',CAST('{"id":"evt_01m8na8nbe3wf3kbj01e1vexpa","created":"2026-11-30T04:09:02.574Z","updated":"2026-11-30T04:09:02.574Z","action":"user.signed.up","platformId":"switchyard","userId":"usr_01m8na8nb2qhwrp9cj41r7y33y","userEmail":"admin@example.com","data":{"user":{"id":"usr_01m8na8nb2qhwrp9cj41r7y33y","email":"admin@example.com","displayName":"admin","firstName":"admin","lastName":""},"source":"credentials"}}' AS BLOB),'2026-11-30T04:09:02.574Z');
INSERT INTO "events" VALUES('evt_01m8na8sv1vbz7se91dymn1h6v','api_key.created','prj_01m8na8mwptd1rqbks622b45rj',NULL,CAST('{"id":"evt_01m8na8sv1vbz7se91dymn1h6v","created":"2026-11-30T04:09:07.169Z","updated":"2026-11-30T04:09:07.169Z","action":"api_key.created","platformId":"switchyard","projectId":"prj_01m8na8mwptd1rqbks622b45rj","data":{"apiKey":{"id":"key_01m8na8stszxpa3ywt2evpaf23","displayName":"filler","role":"admin","last4":"SKSa"}}}' AS BLOB),'2026-11-30T04:09:07.169Z');
INSERT INTO "events" VALUES('evt_01m8na8typvb6rk72zjpt02rpv','connection.upserted','prj_01m8na8mwptd1rqbks622b45rj',NULL,CAST('{"id":"evt_01m8na8typvb6rk72zjpt02rpv","created":"2026-11-30T04:09:08.310Z","updated":"2026-11-30T04:09:08.310Z","action":"connection.upserted","platformId":"switchyard","projectId":"prj_01m8na8mwptd1rqbks622b45rj","ip":"127.0.0.1","data":{"connection":{"id":"con_01m8na8tym1k5c3n7h5a2wcxac","displayName":"orders-signing","externalId":"orders-signing","pieceName":"webhook","status":"UNCHECKED","type":"CUSTOM_AUTH","created":"2026-11-30T04:09:08.308Z","updated":"2026-11-30T04:09:08.308Z"}}}' AS BLOB),'2026-11-30T04:09:08.310Z');
INSERT INTO "events" VALUES('evt_01m8na8tz14tr8p0tby491gzwa','flow.created','prj_01m8na8mwptd1rqbks622b45rj',NULL,CAST('{"id":"evt_01m8na8tz14tr8p0tby491gzwa","created":"2026-11-30T04:09:08.321Z","updated":"2026-11-30T04:09:08.321Z","action":"flow.created","platformId":"switchyard","projectId":"prj_01m8na8mwptd1rqbks622b45rj","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na8tz0c3wvvhw3navwbjxj","externalId":"flow_01m8na8tz0c3wvvhw3navwbjxj","displayName":"Orders","created":"2026-11-30T04:09:08.320Z","updated":"2026-11-30T04:09:08.320Z"}}}' AS BLOB),'2026-11-30T04:09:08.321Z');
INSERT INTO "events" VALUES('evt_01m8na8tzhykp2zraez1ednph6','flow.published','prj_01m8na8mwptd1rqbks622b45rj',NULL,CAST('{"id":"evt_01m8na8tzhykp2zraez1ednph6","created":"2026-11-30T04:09:08.337Z","updated":"2026-11-30T04:09:08.337Z","action":"flow.published","platformId":"switchyard","projectId":"prj_01m8na8mwptd1rqbks622b45rj","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na8tz0c3wvvhw3navwbjxj","externalId":"flow_01m8na8tz0c3wvvhw3navwbjxj","displayName":"Orders","created":"2026-11-30T04:09:08.320Z","updated":"2026-11-30T04:09:08.336Z"},"flowVersion":{"id":"ver_01m8na8tzfznt1ye8nbd7ef8mw","displayName":"Orders","flowId":"flow_01m8na8tz0c3wvvhw3navwbjxj","number":1,"created":"2026-11-30T04:09:08.320Z","updated":"2026-11-30T04:09:08.336Z"}}}' AS BLOB),'2026-11-30T04:09:08.337Z');
INSERT INTO "events" VALUES('evt_01m8na8tzjshrktddhx32b5d2f','flow.activated','prj_01m8na8mwptd1rqbks622b45rj',NULL,CAST('{"id":"evt_01m8na8tzjshrktddhx32b5d2f","created":"2026-11-30T04:09:08.338Z","updated":"2026-11-30T04:09:08.338Z","action":"flow.activated","platformId":"switchyard","projectId":"prj_01m8na8mwptd1rqbks622b45rj","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na8tz0c3wvvhw3navwbjxj","externalId":"flow_01m8na8tz0c3wvvhw3navwbjxj","displayName":"Orders","created":"2026-11-30T04:09:08.320Z","updated":"2026-11-30T04:09:08.337Z"},"flowVersion":{"id":"ver_01m8na8tzfznt1ye8nbd7ef8mw","displayName":"Orders","flowId":"flow_01m8na8tz0c3wvvhw3navwbjxj","number":1,"created":"2026-11-30T04:09:08.320Z","updated":"2026-11-30T04:09:08.337Z"}}}' AS BLOB),'2026-11-30T04:09:08.338Z');
INSERT INTO "events" VALUES('evt_01m8na8v5yq2dmwbx7pbayt58j','flow.run.failed','prj_01m8na8mwptd1rqbks622b45rj',NULL,CAST('{"id":"evt_01m8na8v5yq2dmwbx7pbayt58j","created":"2026-11-30T04:09:08.542Z","updated":"2026-11-30T04:09:08.542Z","action":"flow.run.failed","platformId":"switchyard","projectId":"prj_01m8na8mwptd1rqbks622b45rj","data":{"flowRun":{"id":"run_01m8na8v0yh6jaa7z5m6757k1x","startTime":"2026-11-30T04:09:08.392Z","finishTime":"2026-11-30T04:09:08.542Z","duration":150,"environment":"PRODUCTION","flowId":"flow_01m8na8tz0c3wvvhw3navwbjxj","flowVersionId":"ver_01m8na8tzfznt1ye8nbd7ef8mw","flowDisplayName":"Orders","status":"FAILED","triggeredBy":"webhook","stepNameToTest":null,"unrouted":false,"warnings":0,"error":{"step":"call","message":"127.0.0.1 is not a public address; SWITCHYARD_EGRESS_ALLOW names the private ones in use"}}}}' AS BLOB),'2026-11-30T04:09:08.542Z');
INSERT INTO "events" VALUES('evt_01m8na8v6xd3t7x305q0hc9tg7','flow.run.unrouted','prj_01m8na8mwptd1rqbks622b45rj',NULL,CAST('{"id":"evt_01m8na8v6xd3t7x305q0hc9tg7","created":"2026-11-30T04:09:08.573Z","updated":"2026-11-30T04:09:08.573Z","action":"flow.run.unrouted","platformId":"switchyard","projectId":"prj_01m8na8mwptd1rqbks622b45rj","data":{"flowRun":{"id":"run_01m8na8v6r2webc2gn690fdm4n","startTime":"2026-11-30T04:09:08.573Z","finishTime":"2026-11-30T04:09:08.573Z","duration":0,"environment":"PRODUCTION","flowId":"flow_01m8na8tz0c3wvvhw3navwbjxj","flowVersionId":"ver_01m8na8tzfznt1ye8nbd7ef8mw","flowDisplayName":"Orders","status":"SUCCEEDED","triggeredBy":"webhook","stepNameToTest":null,"unrouted":true,"warnings":0,"error":null}}}' AS BLOB),'2026-11-30T04:09:08.573Z');
INSERT INTO "events" VALUES('evt_01m8na8vdjneemcz4yz3m1fz9q','flow.updated','prj_01m8na8mwptd1rqbks622b45rj',NULL,CAST('{"id":"evt_01m8na8vdjneemcz4yz3m1fz9q","created":"2026-11-30T04:09:08.786Z","updated":"2026-11-30T04:09:08.786Z","action":"flow.updated","platformId":"switchyard","projectId":"prj_01m8na8mwptd1rqbks622b45rj","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na8tz0c3wvvhw3navwbjxj","externalId":"flow_01m8na8tz0c3wvvhw3navwbjxj","displayName":"Orders of the shop","created":"2026-11-30T04:09:08.320Z","updated":"2026-11-30T04:09:08.783Z"},"request":{"type":"SET_NAME","request":{"revision":2,"sentence":"Renamed the flow to “Orders of the shop”","args":{"name":"Orders of the shop"}}}}}' AS BLOB),'2026-11-30T04:09:08.786Z');
INSERT INTO "events" VALUES('evt_01m8na8ve17wez9sxmg1am0t2b','flow.updated','prj_01m8na8mwptd1rqbks622b45rj',NULL,CAST('{"id":"evt_01m8na8ve17wez9sxmg1am0t2b","created":"2026-11-30T04:09:08.801Z","updated":"2026-11-30T04:09:08.801Z","action":"flow.updated","platformId":"switchyard","projectId":"prj_01m8na8mwptd1rqbks622b45rj","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na8tz0c3wvvhw3navwbjxj","externalId":"flow_01m8na8tz0c3wvvhw3navwbjxj","displayName":"Orders of two shops","created":"2026-11-30T04:09:08.320Z","updated":"2026-11-30T04:09:08.800Z"},"request":{"type":"SET_NAME","request":{"revision":3,"sentence":"Renamed the flow to “Orders of two shops”","args":{"name":"Orders of two shops"}}}}}' AS BLOB),'2026-11-30T04:09:08.801Z');
INSERT INTO "events" VALUES('evt_01m8na8vec9esk5argy26bbd1g','flow.updated','prj_01m8na8mwptd1rqbks622b45rj',NULL,CAST('{"id":"evt_01m8na8vec9esk5argy26bbd1g","created":"2026-11-30T04:09:08.812Z","updated":"2026-11-30T04:09:08.812Z","action":"flow.updated","platformId":"switchyard","projectId":"prj_01m8na8mwptd1rqbks622b45rj","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na8tz0c3wvvhw3navwbjxj","externalId":"flow_01m8na8tz0c3wvvhw3navwbjxj","displayName":"Orders of the shop","created":"2026-11-30T04:09:08.320Z","updated":"2026-11-30T04:09:08.812Z"},"request":{"type":"UNDO","request":{"revision":4,"sentence":"Undid: Renamed the flow to “Orders of two shops”"}}}}' AS BLOB),'2026-11-30T04:09:08.812Z');
INSERT INTO "events" VALUES('evt_01m8na8vepck7qc22b3n5ydxqp','flow.created','prj_01m8na8mwptd1rqbks622b45rj',NULL,CAST('{"id":"evt_01m8na8vepck7qc22b3n5ydxqp","created":"2026-11-30T04:09:08.822Z","updated":"2026-11-30T04:09:08.822Z","action":"flow.created","platformId":"switchyard","projectId":"prj_01m8na8mwptd1rqbks622b45rj","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na8venrxm2jd42s4wrwnsw","externalId":"flow_01m8na8venrxm2jd42s4wrwnsw","displayName":"Agents","created":"2026-11-30T04:09:08.821Z","updated":"2026-11-30T04:09:08.821Z"}}}' AS BLOB),'2026-11-30T04:09:08.822Z');
INSERT INTO "events" VALUES('evt_01m8na8ves2dcprbeyvth46b1j','flow.published','prj_01m8na8mwptd1rqbks622b45rj',NULL,CAST('{"id":"evt_01m8na8ves2dcprbeyvth46b1j","created":"2026-11-30T04:09:08.825Z","updated":"2026-11-30T04:09:08.825Z","action":"flow.published","platformId":"switchyard","projectId":"prj_01m8na8mwptd1rqbks622b45rj","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na8venrxm2jd42s4wrwnsw","externalId":"flow_01m8na8venrxm2jd42s4wrwnsw","displayName":"Agents","created":"2026-11-30T04:09:08.821Z","updated":"2026-11-30T04:09:08.825Z"},"flowVersion":{"id":"ver_01m8na8vesw1k25vh15jt0hgdn","displayName":"Agents","flowId":"flow_01m8na8venrxm2jd42s4wrwnsw","number":1,"created":"2026-11-30T04:09:08.821Z","updated":"2026-11-30T04:09:08.825Z"}}}' AS BLOB),'2026-11-30T04:09:08.825Z');
INSERT INTO "events" VALUES('evt_01m8na8vetdr4bg3yfjfkfpsqz','flow.activated','prj_01m8na8mwptd1rqbks622b45rj',NULL,CAST('{"id":"evt_01m8na8vetdr4bg3yfjfkfpsqz","created":"2026-11-30T04:09:08.826Z","updated":"2026-11-30T04:09:08.826Z","action":"flow.activated","platformId":"switchyard","projectId":"prj_01m8na8mwptd1rqbks622b45rj","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na8venrxm2jd42s4wrwnsw","externalId":"flow_01m8na8venrxm2jd42s4wrwnsw","displayName":"Agents","created":"2026-11-30T04:09:08.821Z","updated":"2026-11-30T04:09:08.826Z"},"flowVersion":{"id":"ver_01m8na8vesw1k25vh15jt0hgdn","displayName":"Agents","flowId":"flow_01m8na8venrxm2jd42s4wrwnsw","number":1,"created":"2026-11-30T04:09:08.821Z","updated":"2026-11-30T04:09:08.826Z"}}}' AS BLOB),'2026-11-30T04:09:08.826Z');
INSERT INTO "events" VALUES('evt_01m8na8vf04g0zbphsn1mz1djv','flow.created','prj_01m8na8mwptd1rqbks622b45rj',NULL,CAST('{"id":"evt_01m8na8vf04g0zbphsn1mz1djv","created":"2026-11-30T04:09:08.832Z","updated":"2026-11-30T04:09:08.832Z","action":"flow.created","platformId":"switchyard","projectId":"prj_01m8na8mwptd1rqbks622b45rj","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na8vezj5cx2j5zh1v1bqcm","externalId":"flow_01m8na8vezj5cx2j5zh1v1bqcm","displayName":"Switched off","created":"2026-11-30T04:09:08.831Z","updated":"2026-11-30T04:09:08.831Z"}}}' AS BLOB),'2026-11-30T04:09:08.832Z');
INSERT INTO "events" VALUES('evt_01m8na8vf4dxdt7myjcqka1mnm','flow.published','prj_01m8na8mwptd1rqbks622b45rj',NULL,CAST('{"id":"evt_01m8na8vf4dxdt7myjcqka1mnm","created":"2026-11-30T04:09:08.836Z","updated":"2026-11-30T04:09:08.836Z","action":"flow.published","platformId":"switchyard","projectId":"prj_01m8na8mwptd1rqbks622b45rj","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na8vezj5cx2j5zh1v1bqcm","externalId":"flow_01m8na8vezj5cx2j5zh1v1bqcm","displayName":"Switched off","created":"2026-11-30T04:09:08.831Z","updated":"2026-11-30T04:09:08.836Z"},"flowVersion":{"id":"ver_01m8na8vf4fg193pxgbc68da17","displayName":"Switched off","flowId":"flow_01m8na8vezj5cx2j5zh1v1bqcm","number":1,"created":"2026-11-30T04:09:08.831Z","updated":"2026-11-30T04:09:08.836Z"}}}' AS BLOB),'2026-11-30T04:09:08.836Z');
INSERT INTO "events" VALUES('evt_01m8na8vf5rwpv3ars3ewpcmpd','flow.activated','prj_01m8na8mwptd1rqbks622b45rj',NULL,CAST('{"id":"evt_01m8na8vf5rwpv3ars3ewpcmpd","created":"2026-11-30T04:09:08.837Z","updated":"2026-11-30T04:09:08.837Z","action":"flow.activated","platformId":"switchyard","projectId":"prj_01m8na8mwptd1rqbks622b45rj","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na8vezj5cx2j5zh1v1bqcm","externalId":"flow_01m8na8vezj5cx2j5zh1v1bqcm","displayName":"Switched off","created":"2026-11-30T04:09:08.831Z","updated":"2026-11-30T04:09:08.837Z"},"flowVersion":{"id":"ver_01m8na8vf4fg193pxgbc68da17","displayName":"Switched off","flowId":"flow_01m8na8vezj5cx2j5zh1v1bqcm","number":1,"created":"2026-11-30T04:09:08.831Z","updated":"2026-11-30T04:09:08.837Z"}}}' AS BLOB),'2026-11-30T04:09:08.837Z');
INSERT INTO "events" VALUES('evt_01m8na8vfaejhwm31s5e9cfgj5','flow.deactivated','prj_01m8na8mwptd1rqbks622b45rj',NULL,CAST('{"id":"evt_01m8na8vfaejhwm31s5e9cfgj5","created":"2026-11-30T04:09:08.842Z","updated":"2026-11-30T04:09:08.842Z","action":"flow.deactivated","platformId":"switchyard","projectId":"prj_01m8na8mwptd1rqbks622b45rj","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na8vezj5cx2j5zh1v1bqcm","externalId":"flow_01m8na8vezj5cx2j5zh1v1bqcm","displayName":"Switched off","created":"2026-11-30T04:09:08.831Z","updated":"2026-11-30T04:09:08.841Z"},"flowVersion":{"id":"ver_01m8na8vf4fg193pxgbc68da17","displayName":"Switched off","flowId":"flow_01m8na8vezj5cx2j5zh1v1bqcm","number":1,"created":"2026-11-30T04:09:08.831Z","updated":"2026-11-30T04:09:08.841Z"}}}' AS BLOB),'2026-11-30T04:09:08.842Z');
INSERT INTO "events" VALUES('evt_01m8na8vfedr604dret5jfsd62','flow.created','prj_01m8na8mwptd1rqbks622b45rj',NULL,CAST('{"id":"evt_01m8na8vfedr604dret5jfsd62","created":"2026-11-30T04:09:08.846Z","updated":"2026-11-30T04:09:08.846Z","action":"flow.created","platformId":"switchyard","projectId":"prj_01m8na8mwptd1rqbks622b45rj","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na8vfes1bemgyhs7anyps2","externalId":"flow_01m8na8vfes1bemgyhs7anyps2","displayName":"Deleted","created":"2026-11-30T04:09:08.846Z","updated":"2026-11-30T04:09:08.846Z"}}}' AS BLOB),'2026-11-30T04:09:08.846Z');
INSERT INTO "events" VALUES('evt_01m8na8vfhh8dt0w67v5yf5qa2','flow.deleted','prj_01m8na8mwptd1rqbks622b45rj',NULL,CAST('{"id":"evt_01m8na8vfhh8dt0w67v5yf5qa2","created":"2026-11-30T04:09:08.849Z","updated":"2026-11-30T04:09:08.849Z","action":"flow.deleted","platformId":"switchyard","projectId":"prj_01m8na8mwptd1rqbks622b45rj","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na8vfes1bemgyhs7anyps2","externalId":"flow_01m8na8vfes1bemgyhs7anyps2","displayName":"Deleted","created":"2026-11-30T04:09:08.846Z","updated":"2026-11-30T04:09:08.846Z"}}}' AS BLOB),'2026-11-30T04:09:08.849Z');
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
INSERT INTO "flow_versions" VALUES('ver_01m8na8tzfznt1ye8nbd7ef8mw','prj_01m8na8mwptd1rqbks622b45rj','flow_01m8na8tz0c3wvvhw3navwbjxj',1,'{
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
','6248cc37eb20cbca84044e5ed4af67c72e6c9efae1c00a0037b8d5f060f3c4a6','','2026-11-30T04:09:08.335Z','key_01m8na8stszxpa3ywt2evpaf23');
INSERT INTO "flow_versions" VALUES('ver_0361ef194cbf6e260831e0996b','prj_01m8na8mwptd1rqbks622b45rj','flow_01m8na8tz0c3wvvhw3navwbjxj',0,'{
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
','6248cc37eb20cbca84044e5ed4af67c72e6c9efae1c00a0037b8d5f060f3c4a6','','2026-11-30T04:09:08.700Z','key_01m8na8stszxpa3ywt2evpaf23');
INSERT INTO "flow_versions" VALUES('ver_01m8na8vesw1k25vh15jt0hgdn','prj_01m8na8mwptd1rqbks622b45rj','flow_01m8na8venrxm2jd42s4wrwnsw',1,'{
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
','1d3636dd2b704b4d6a468104ff228502c66b5edc45af1db0fa9fd52c6af351e3','','2026-11-30T04:09:08.825Z','key_01m8na8stszxpa3ywt2evpaf23');
INSERT INTO "flow_versions" VALUES('ver_01m8na8vf4fg193pxgbc68da17','prj_01m8na8mwptd1rqbks622b45rj','flow_01m8na8vezj5cx2j5zh1v1bqcm',1,'{
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
','199a39accad1edab570b9e28e90b42ed92dd1b849185ca160bee9e66c05052bf','','2026-11-30T04:09:08.836Z','key_01m8na8stszxpa3ywt2evpaf23');
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
INSERT INTO "flows" VALUES('flow_01m8na8tz0c3wvvhw3navwbjxj','prj_01m8na8mwptd1rqbks622b45rj','Orders of the shop',1,'{
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
','1d44ca20eddf9c68d33631638c373c5f9b7ca94ad1a411bbcfb243672e760f4f',4,1,1,NULL,'2026-11-30T04:09:08.320Z','2026-11-30T04:09:08.812Z','key_01m8na8stszxpa3ywt2evpaf23');
INSERT INTO "flows" VALUES('flow_01m8na8venrxm2jd42s4wrwnsw','prj_01m8na8mwptd1rqbks622b45rj','Agents',1,'{
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
','1d3636dd2b704b4d6a468104ff228502c66b5edc45af1db0fa9fd52c6af351e3',1,0,1,'deck','2026-11-30T04:09:08.821Z','2026-11-30T04:09:08.826Z','key_01m8na8stszxpa3ywt2evpaf23');
INSERT INTO "flows" VALUES('flow_01m8na8vezj5cx2j5zh1v1bqcm','prj_01m8na8mwptd1rqbks622b45rj','Switched off',0,'{
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
','199a39accad1edab570b9e28e90b42ed92dd1b849185ca160bee9e66c05052bf',1,0,1,NULL,'2026-11-30T04:09:08.831Z','2026-11-30T04:09:08.841Z','key_01m8na8stszxpa3ywt2evpaf23');
CREATE TABLE journal (
	run_id VARCHAR NOT NULL,
	number INTEGER NOT NULL,
	records BLOB NOT NULL,
	PRIMARY KEY (run_id, number)
);
INSERT INTO "journal" VALUES('run_01m8na8v08knebx9t787d722br',0,CAST('[{"name":"by_kind","type":"router","status":"succeeded","output":{"key":"paid","branches":["Paid"]},"branch":"Paid","input":{"key":"paid"}},{"name":"remember","type":"action","status":"succeeded","piece":"store","action":"put","attempts":1,"input":{"key":"last order","value":"order paid"},"output":"order paid","ms":15.73},{"name":"total","type":"action","status":"succeeded","piece":"data","action":"compose","attempts":1,"input":{"value":{"order":"order paid"}},"output":{"order":"order paid"},"ms":0.1}]' AS BLOB));
INSERT INTO "journal" VALUES('run_01m8na8v0djz12yz55rm8jvn5p',0,CAST('[{"name":"by_kind","type":"router","status":"succeeded","output":{"key":"later","branches":["Later"]},"branch":"Later","input":{"key":"later"}},{"name":"wait","type":"action","status":"waiting","piece":"delay","action":"delay_for","attempts":1,"input":{"duration":9,"unit":"days"},"resume_at":1796789348.3812263,"state":{"since":"2026-11-30T04:09:08.381Z","until":"2026-12-09T04:09:08.381Z"},"ms":0.18}]' AS BLOB));
INSERT INTO "journal" VALUES('run_01m8na8v0yh6jaa7z5m6757k1x',0,CAST('[{"name":"by_kind","type":"router","status":"succeeded","output":{"key":"broken","branches":["Broken"]},"branch":"Broken","input":{"key":"broken"}},{"name":"call","type":"action","status":"failed","piece":"http","action":"request","attempts":1,"input":{"method":"GET","url":"http://127.0.0.1:9/refused"},"error":{"kind":"EgressRefused","message":"127.0.0.1 is not a public address; SWITCHYARD_EGRESS_ALLOW names the private ones in use"},"log":[{"number":1,"started":"2026-11-30T04:09:08.392Z","ms":149.85,"error":"127.0.0.1 is not a public address; SWITCHYARD_EGRESS_ALLOW names the private ones in use"}],"ms":149.89}]' AS BLOB));
INSERT INTO "journal" VALUES('run_01m8na8v6r2webc2gn690fdm4n',0,CAST('[{"name":"by_kind","type":"router","status":"succeeded","output":{"key":"unheard of","branches":[]},"unrouted":true,"input":{"key":"unheard of"}}]' AS BLOB));
INSERT INTO "journal" VALUES('run_01m8na8vb6jb20r9j1jq42vehc',0,CAST('[{"name":"by_kind","type":"router","status":"succeeded","output":{"key":"paid","branches":["Paid"]},"branch":"Paid","input":{"key":"paid"}}]' AS BLOB));
INSERT INTO "journal" VALUES('run_01m8na8vb6jb20r9j1jq42vehc',1,CAST('[{"name":"remember","type":"action","status":"succeeded","piece":"store","action":"put","attempts":1,"input":{"key":"last order","value":"o-1"},"output":"o-1","ms":3.18},{"name":"total","type":"action","status":"succeeded","piece":"data","action":"compose","attempts":1,"input":{"value":{"order":"o-1"}},"output":{"order":"o-1"},"ms":0.1}]' AS BLOB));
CREATE TABLE members (
	project_id VARCHAR NOT NULL,
	user_id VARCHAR NOT NULL,
	role VARCHAR(6) NOT NULL,
	PRIMARY KEY (project_id, user_id),
	FOREIGN KEY(project_id) REFERENCES projects (id),
	FOREIGN KEY(user_id) REFERENCES users (id)
);
INSERT INTO "members" VALUES('prj_01m8na8mwptd1rqbks622b45rj','usr_01m8na8nb2qhwrp9cj41r7y33y','admin');
CREATE TABLE projects (
	id VARCHAR NOT NULL,
	name VARCHAR NOT NULL,
	created VARCHAR NOT NULL,
	PRIMARY KEY (id)
);
INSERT INTO "projects" VALUES('prj_01m8na8mwptd1rqbks622b45rj','Default','2026-11-30T04:09:02.102Z');
CREATE TABLE run_payloads (
	run_id VARCHAR NOT NULL,
	payload BLOB NOT NULL,
	PRIMARY KEY (run_id)
);
INSERT INTO "run_payloads" VALUES('run_01m8na8v08knebx9t787d722br',CAST('{"method":"POST","headers":{"host":"127.0.0.1:43113","accept":"*/*","accept-encoding":"gzip, deflate","connection":"keep-alive","user-agent":"python-httpx/0.28.1","content-type":"application/json","x-hub-signature-256":"sha256=e0178a6491e6dc4a91c7602c81f51bf5ab713da44b7c0ffab85101077bb08172","content-length":"36"},"query":{},"body":{"kind": "paid", "id": "order paid"}}' AS BLOB));
INSERT INTO "run_payloads" VALUES('run_01m8na8v0djz12yz55rm8jvn5p',CAST('{"method":"POST","headers":{"host":"127.0.0.1:43113","accept":"*/*","accept-encoding":"gzip, deflate","connection":"keep-alive","user-agent":"python-httpx/0.28.1","content-type":"application/json","x-hub-signature-256":"sha256=74fbf3832144052578f24d15a9b90deea9ad81858f65424cd3411fa0920dff83","content-length":"38"},"query":{},"body":{"kind": "later", "id": "order later"}}' AS BLOB));
INSERT INTO "run_payloads" VALUES('run_01m8na8v0yh6jaa7z5m6757k1x',CAST('{"method":"POST","headers":{"host":"127.0.0.1:43113","accept":"*/*","accept-encoding":"gzip, deflate","connection":"keep-alive","user-agent":"python-httpx/0.28.1","content-type":"application/json","x-hub-signature-256":"sha256=8d39d9b49d14b5596da06970fc98d7fbca8e0a1402d3661f2e919c2ce792295e","content-length":"40"},"query":{},"body":{"kind": "broken", "id": "order broken"}}' AS BLOB));
INSERT INTO "run_payloads" VALUES('run_01m8na8v6r2webc2gn690fdm4n',CAST('{"method":"POST","headers":{"host":"127.0.0.1:43113","accept":"*/*","accept-encoding":"gzip, deflate","connection":"keep-alive","user-agent":"python-httpx/0.28.1","content-type":"application/json","x-hub-signature-256":"sha256=8c6c5cd2fe594abad4229957d53e1f683e729843a9c1a7b348ffccdb19dfd021","content-length":"48"},"query":{},"body":{"kind": "unheard of", "id": "order unheard of"}}' AS BLOB));
INSERT INTO "run_payloads" VALUES('run_01m8na8vb6jb20r9j1jq42vehc',CAST('{"method":"POST","headers":{},"query":{},"body":{"kind":"paid","id":"o-1"}}' AS BLOB));
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
INSERT INTO "runs" VALUES('run_01m8na8v08knebx9t787d722br','prj_01m8na8mwptd1rqbks622b45rj','flow_01m8na8tz0c3wvvhw3navwbjxj','ver_01m8na8tzfznt1ye8nbd7ef8mw',1,'production','webhook','succeeded',0,0,0,'["by_kind:Paid","remember","total"]',NULL,NULL,'[]',NULL,NULL,NULL,16,'2026-11-30T04:09:08.360Z','2026-11-30T04:09:08.364Z','2026-11-30T04:09:08.380Z');
INSERT INTO "runs" VALUES('run_01m8na8v0djz12yz55rm8jvn5p','prj_01m8na8mwptd1rqbks622b45rj','flow_01m8na8tz0c3wvvhw3navwbjxj','ver_01m8na8tzfznt1ye8nbd7ef8mw',1,'production','webhook','waiting',0,0,0,'["by_kind:Later","wait"]',NULL,NULL,'[]',NULL,NULL,'2026-12-09T04:09:08.381Z',0,'2026-11-30T04:09:08.365Z','2026-11-30T04:09:08.381Z',NULL);
INSERT INTO "runs" VALUES('run_01m8na8v0yh6jaa7z5m6757k1x','prj_01m8na8mwptd1rqbks622b45rj','flow_01m8na8tz0c3wvvhw3navwbjxj','ver_01m8na8tzfznt1ye8nbd7ef8mw',1,'production','webhook','failed',0,0,0,'["by_kind:Broken","call"]','{"step":"call","kind":"EgressRefused","message":"127.0.0.1 is not a public address; SWITCHYARD_EGRESS_ALLOW names the private ones in use"}',NULL,'[]',NULL,NULL,NULL,150,'2026-11-30T04:09:08.382Z','2026-11-30T04:09:08.392Z','2026-11-30T04:09:08.542Z');
INSERT INTO "runs" VALUES('run_01m8na8v6r2webc2gn690fdm4n','prj_01m8na8mwptd1rqbks622b45rj','flow_01m8na8tz0c3wvvhw3navwbjxj','ver_01m8na8tzfznt1ye8nbd7ef8mw',1,'production','webhook','succeeded',1,0,0,'["by_kind"]',NULL,NULL,'[]',NULL,NULL,NULL,0,'2026-11-30T04:09:08.568Z','2026-11-30T04:09:08.573Z','2026-11-30T04:09:08.573Z');
INSERT INTO "runs" VALUES('run_01m8na8vb6jb20r9j1jq42vehc','prj_01m8na8mwptd1rqbks622b45rj','flow_01m8na8tz0c3wvvhw3navwbjxj','ver_0361ef194cbf6e260831e0996b',0,'test','webhook','succeeded',0,0,0,'["by_kind:Paid","remember","total"]',NULL,NULL,'[]',NULL,NULL,NULL,12,'2026-11-30T04:09:08.710Z','2026-11-30T04:09:08.719Z','2026-11-30T04:09:08.728Z');
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
INSERT INTO "store_items" VALUES('prj_01m8na8mwptd1rqbks622b45rj','flow_01m8na8tz0c3wvvhw3navwbjxj','last order','"o-1"','2026-11-30T04:09:08.726Z');
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
INSERT INTO "users" VALUES('usr_01m8na8nb2qhwrp9cj41r7y33y','admin@example.com','admin','$argon2id$v=19$m=65536,t=3,p=4$1nHICuO6Q4Av/gQeIRVeUg$m23fTRRLKsfg7qNeN4+fzvMQwGcwNHqlhw4Lj+Y697I',1,0,'2026-11-30T04:09:02.562Z',NULL);
CREATE INDEX runs_ended_badly ON runs (project_id, id) WHERE status IN ('failed', 'timed_out', 'canceled');
CREATE INDEX runs_resume ON runs (resume_at) WHERE status = 'waiting';
CREATE INDEX runs_by_flow ON runs (flow_id, id);
CREATE INDEX runs_unrouted ON runs (project_id, id) WHERE unrouted;
CREATE INDEX runs_by_project ON runs (project_id, id);
CREATE INDEX runs_open ON runs (status, flow_id) WHERE status IN ('queued', 'running', 'waiting');
CREATE INDEX dedupe_by_age ON dedupe (created);
CREATE INDEX events_by_action ON events (action, id);
CREATE INDEX events_by_project ON events (project_id, id);
CREATE INDEX ix_sessions_user_id ON sessions (user_id);
CREATE INDEX ix_setup_links_user_id ON setup_links (user_id);
CREATE INDEX ix_members_user_id ON members (user_id);
CREATE INDEX ix_api_keys_project_id ON api_keys (project_id);
CREATE UNIQUE INDEX connections_by_name ON connections (project_id, name);
CREATE INDEX flows_by_project ON flows (project_id, id);
CREATE UNIQUE INDEX draft_edits_by_number ON draft_edits (flow_id, number);
CREATE UNIQUE INDEX flow_drafts_by_digest ON flow_versions (flow_id, digest) WHERE number = 0;
CREATE UNIQUE INDEX flow_versions_by_number ON flow_versions (flow_id, number) WHERE number > 0;
COMMIT;
PRAGMA user_version=1;
