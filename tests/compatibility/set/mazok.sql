BEGIN TRANSACTION;
CREATE TABLE album_parts (
	chat_id BIGINT NOT NULL, 
	album VARCHAR(64) NOT NULL, 
	message_id BIGINT NOT NULL, 
	user_id BIGINT NOT NULL, 
	language VARCHAR(8) NOT NULL, 
	file_id TEXT, 
	job_id INTEGER, 
	manner VARCHAR(8), 
	settled BOOLEAN DEFAULT 0 NOT NULL, 
	seen_ms BIGINT NOT NULL, 
	CONSTRAINT pk_album_parts PRIMARY KEY (chat_id, album, message_id), 
	CONSTRAINT fk_album_parts_job_id FOREIGN KEY(job_id) REFERENCES jobs (id)
);
INSERT INTO "album_parts" VALUES(100,'album-1',901,100,'ru','album-photo-1',NULL,NULL,0,1795970678773);
INSERT INTO "album_parts" VALUES(100,'album-1',902,100,'ru','album-photo-2',21,'draw',0,1795970678830);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0009');
CREATE TABLE alerts (
	id INTEGER NOT NULL, 
	kind VARCHAR(64) NOT NULL, 
	notice TEXT NOT NULL, 
	count INTEGER DEFAULT '1' NOT NULL, 
	created_ms BIGINT NOT NULL, 
	told_ms BIGINT, 
	CONSTRAINT pk_alerts PRIMARY KEY (id)
);
INSERT INTO "alerts" VALUES(1,'engine-lost','{"key": "alert-engine-lost", "values": {"worker": "old:1", "job": 5}}',1,1795970678885,1795970678932);
INSERT INTO "alerts" VALUES(2,'test','{"key": "alert-no-engine", "values": {"waiting": 3}}',1,1795970678988,NULL);
CREATE TABLE audit (
	id INTEGER NOT NULL, 
	admin_id BIGINT NOT NULL, 
	action VARCHAR(32) NOT NULL, 
	target_id BIGINT, 
	details TEXT DEFAULT '{}' NOT NULL, 
	at_ms BIGINT NOT NULL, 
	CONSTRAINT pk_audit PRIMARY KEY (id)
);
INSERT INTO "audit" VALUES(1,300,'quota',100,'{"before": 50, "daily": 60}',1795970352116);
INSERT INTO "audit" VALUES(2,300,'quota',NULL,'{"name": "group_credits", "before": 20, "daily": 25}',1795970352226);
INSERT INTO "audit" VALUES(3,300,'quota',400,'{"before": 50, "daily": 1}',1795970352326);
INSERT INTO "audit" VALUES(4,300,'grant',100,'{"amount": 7}',1795970352528);
INSERT INTO "audit" VALUES(5,300,'ban',500,'{"reason": "реклама"}',1795970352713);
INSERT INTO "audit" VALUES(6,300,'stop',NULL,'{"add": ["борщ"]}',1795970352881);
INSERT INTO "audit" VALUES(7,300,'stop',NULL,'{"allow": ["борщевик"]}',1795970353020);
INSERT INTO "audit" VALUES(8,300,'stop',NULL,'{"drop": ["гейпорн"]}',1795970353130);
INSERT INTO "audit" VALUES(9,300,'pause',NULL,'{"reason": "ремонт"}',1795970353282);
INSERT INTO "audit" VALUES(10,300,'resume',NULL,'{}',1795970353430);
INSERT INTO "audit" VALUES(11,300,'broadcast',NULL,'{"number": 1}',1795970452633);
CREATE TABLE broadcasts (
	id INTEGER NOT NULL, 
	admin_id BIGINT NOT NULL, 
	language VARCHAR(8) NOT NULL, 
	text TEXT NOT NULL, 
	state VARCHAR(16) DEFAULT 'draft' NOT NULL, 
	chat_id BIGINT, 
	message_id BIGINT, 
	created_ms BIGINT NOT NULL, 
	CONSTRAINT pk_broadcasts PRIMARY KEY (id), 
	CONSTRAINT ck_broadcasts_state CHECK (state IN ('draft', 'running', 'stopped', 'done'))
);
INSERT INTO "broadcasts" VALUES(1,300,'ru','Завтра бот &lt;отдыхает&gt;.','running',300,77,1795970452563);
INSERT INTO "broadcasts" VALUES(2,300,'ru','Черновик','draft',NULL,NULL,1795970452773);
CREATE TABLE "chats" (
	chat_id BIGINT NOT NULL, 
	hold_until_ms BIGINT DEFAULT '0' NOT NULL, 
	calls TEXT DEFAULT '[]' NOT NULL, 
	gone BOOLEAN DEFAULT 0 NOT NULL, 
	CONSTRAINT pk_chats PRIMARY KEY (chat_id)
);
INSERT INTO "chats" VALUES(100,0,'[]',0);
INSERT INTO "chats" VALUES(200,0,'[1795970678692]',0);
INSERT INTO "chats" VALUES(300,0,'[]',0);
INSERT INTO "chats" VALUES(400,0,'[]',0);
INSERT INTO "chats" VALUES(500,0,'[]',0);
INSERT INTO "chats" VALUES(600,0,'[]',0);
INSERT INTO "chats" VALUES(700,0,'[]',1);
INSERT INTO "chats" VALUES(-1000,0,'[]',0);
CREATE TABLE engines (
	name VARCHAR(200) NOT NULL, 
	models TEXT NOT NULL, 
	device VARCHAR(200) NOT NULL, 
	sizes TEXT NOT NULL, 
	pid BIGINT NOT NULL, 
	started_ms BIGINT NOT NULL, 
	beat_ms BIGINT NOT NULL, vqgans TEXT DEFAULT '[]' NOT NULL, 
	CONSTRAINT pk_engines PRIMARY KEY (name)
);
INSERT INTO "engines" VALUES('vm:22469','["pocket"]','cpu','[[256, 256], [1640, 1640]]',22469,1795970473163,1795970677000,'["pocket"]');
CREATE TABLE erasures (
	id INTEGER NOT NULL, 
	"key" VARCHAR(500) NOT NULL, 
	due_ms BIGINT NOT NULL, 
	CONSTRAINT pk_erasures PRIMARY KEY (id)
);
INSERT INTO "erasures" VALUES(4,'inputs/53563929fe194b93bb1434fa7d23c6f9',1795970798114);
CREATE TABLE inputs (
	id INTEGER NOT NULL, 
	job_id INTEGER NOT NULL, 
	file_id TEXT NOT NULL, 
	"key" VARCHAR(500) NOT NULL, 
	due_ms BIGINT NOT NULL, 
	tries INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_inputs PRIMARY KEY (id), 
	CONSTRAINT fk_inputs_job_id FOREIGN KEY(job_id) REFERENCES jobs (id)
);
INSERT INTO "inputs" VALUES(1,20,'boris-photo','inputs/4e48b0536d0b41fe9556b1369814ab6c',1795970678734,0);
CREATE TABLE jobs (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	user_id BIGINT NOT NULL, 
	chat_id BIGINT NOT NULL, 
	thread_id BIGINT, 
	message_id BIGINT NOT NULL, 
	chat_type VARCHAR(16) NOT NULL, 
	language VARCHAR(8) NOT NULL, 
	request_key VARCHAR(200) NOT NULL, 
	request TEXT NOT NULL, 
	prompt TEXT NOT NULL, 
	state VARCHAR(16) DEFAULT 'queued' NOT NULL, 
	rank BIGINT NOT NULL, 
	not_before_ms BIGINT DEFAULT '0' NOT NULL, 
	attempt INTEGER DEFAULT '0' NOT NULL, 
	token VARCHAR(32), 
	lease_until_ms BIGINT, 
	worker VARCHAR(200), 
	cancel BOOLEAN DEFAULT 0 NOT NULL, 
	step INTEGER DEFAULT '0' NOT NULL, 
	steps INTEGER DEFAULT '0' NOT NULL, 
	loss FLOAT, 
	preview TEXT, 
	latent TEXT, 
	saved_step INTEGER, 
	notices TEXT DEFAULT '[]' NOT NULL, 
	result TEXT, 
	error TEXT, 
	status_message_id BIGINT, 
	price BIGINT NOT NULL, 
	created_ms BIGINT NOT NULL, 
	started_ms BIGINT, 
	finished_ms BIGINT, 
	updated_ms BIGINT NOT NULL, animation BOOLEAN DEFAULT 1 NOT NULL, erased BOOLEAN DEFAULT 0 NOT NULL, safety VARCHAR(8) DEFAULT 'soft' NOT NULL, risk FLOAT, unsafe BOOLEAN DEFAULT 0 NOT NULL, awaiting BOOLEAN DEFAULT 0 NOT NULL, expired BOOLEAN DEFAULT 0 NOT NULL, pixels BIGINT, 
	CONSTRAINT ck_jobs_state CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')), 
	CONSTRAINT fk_jobs_user_id FOREIGN KEY(user_id) REFERENCES users (id), 
	CONSTRAINT uq_jobs_request_key UNIQUE (request_key)
);
INSERT INTO "jobs" VALUES(1,100,100,NULL,29,'private','ru','100:29','{"prompt": "красный круг на синем фоне", "size": [64, 64], "steps": 12, "seed": 7, "vqgan": null, "clip": null, "ruclip": null, "cutouts": 8, "init_noise": null, "guide": null, "init": null, "init_weight": null, "targets": [], "style": null, "quality": null, "shape": null, "optimizer": null, "learning_rate": null, "cut_power": null, "augment": null, "noise_prompts": [], "every": null, "zoom": null, "shift": null}','красный круг на синем фоне','done',0,0,0,'4c3dd2500c574b84a632148ed6f239f4',NULL,'vm:22270',0,12,12,4.24832582473754882812e-01,'jobs/1/frames/0012.png','jobs/1/latent-7.safetensors',7,'[]','{"picture": "jobs/1/4c3dd2500c574b84a632148ed6f239f4/picture.png", "animation": "jobs/1/4c3dd2500c574b84a632148ed6f239f4/animation.mp4", "gif": "jobs/1/4c3dd2500c574b84a632148ed6f239f4/animation.gif", "width": 64, "height": 64, "steps": 12, "seconds": 13.029751471000054, "loss": 0.4248325824737549, "seed": 7, "models": ["pocket", "pocket", "pocket"]}',NULL,5019,1,1795970353600,1795970391412,1795970439130,1795970439130,1,0,'soft',NULL,0,0,0,4096);
INSERT INTO "jobs" VALUES(2,100,100,NULL,30,'private','ru','100:30','{"prompt": "красный круг на синем фоне", "size": [64, 64], "steps": 12, "seed": 7, "vqgan": null, "clip": null, "ruclip": null, "cutouts": 8, "init_noise": null, "guide": null, "init": null, "init_weight": null, "targets": [], "style": null, "quality": null, "shape": null, "optimizer": null, "learning_rate": null, "cut_power": null, "augment": null, "noise_prompts": [], "every": null, "zoom": null, "shift": null}','красный круг на синем фоне','done',0,0,1,'7ae02be842804cdb9da4daf30d6eb99c',NULL,'old-engine',0,12,12,4.24832582473754882812e-01,NULL,NULL,NULL,'[{"key": "notice-words-unknown", "values": {"words": "бурундук"}}]','{"picture": "jobs/2/7ae02be842804cdb9da4daf30d6eb99c/picture.png", "animation": "jobs/2/7ae02be842804cdb9da4daf30d6eb99c/animation.mp4", "gif": "jobs/2/7ae02be842804cdb9da4daf30d6eb99c/animation.gif", "width": 64, "height": 64, "steps": 12, "seconds": 13.029751471000054, "loss": 0.4248325824737549, "seed": 7, "models": ["pocket", "pocket", "pocket"]}',NULL,5022,1,1795970451521,1795970451552,1795970451595,1795970451595,1,0,'soft',0.91,1,0,0,4096);
INSERT INTO "jobs" VALUES(3,200,-1000,NULL,31,'supergroup','en','-1000:31','{"prompt": "a panda", "size": [64, 64], "steps": 12, "seed": 1, "vqgan": null, "clip": null, "ruclip": null, "cutouts": 8, "init_noise": null, "guide": null, "init": null, "init_weight": null, "targets": [], "style": null, "quality": null, "shape": null, "optimizer": null, "learning_rate": null, "cut_power": null, "augment": null, "noise_prompts": [], "every": null, "zoom": null, "shift": null}','a panda','done',0,0,0,'a0cb83b1c94a4fb0a15c2fb4b609f945',NULL,'vm:22469',0,12,12,8.38234603404998779296e-01,'jobs/3/frames/0012.png','jobs/3/latent-0.safetensors',0,'[]','{"picture": "jobs/3/a0cb83b1c94a4fb0a15c2fb4b609f945/picture.png", "animation": "jobs/3/a0cb83b1c94a4fb0a15c2fb4b609f945/animation.mp4", "gif": "jobs/3/a0cb83b1c94a4fb0a15c2fb4b609f945/animation.gif", "width": 64, "height": 64, "steps": 12, "seconds": 31.338438591000113, "loss": 0.8382346034049988, "seed": 1, "models": ["pocket", "pocket", "pocket"]}',NULL,5024,1,1795970452098,1795970473564,1795970569070,1795970569070,0,0,'soft',NULL,0,0,0,4096);
INSERT INTO "jobs" VALUES(4,100,100,NULL,32,'private','ru','100:32','{"prompt": "жёлтая звезда", "size": [64, 64], "steps": 12, "seed": 2, "vqgan": null, "clip": null, "ruclip": null, "cutouts": 8, "init_noise": null, "guide": null, "init": null, "init_weight": null, "targets": [], "style": null, "quality": null, "shape": null, "optimizer": null, "learning_rate": null, "cut_power": null, "augment": null, "noise_prompts": [], "every": null, "zoom": null, "shift": null}','жёлтая звезда','done',0,0,0,'c4f9d1bb56bc47309e5ef8bf6ea216fd',NULL,'vm:22469',0,12,12,8.51269245147705078125e-01,'jobs/4/frames/0012.png','jobs/4/latent-10.safetensors',10,'[]','{"picture": "jobs/4/c4f9d1bb56bc47309e5ef8bf6ea216fd/picture.png", "animation": "jobs/4/c4f9d1bb56bc47309e5ef8bf6ea216fd/animation.mp4", "gif": "jobs/4/c4f9d1bb56bc47309e5ef8bf6ea216fd/animation.gif", "width": 64, "height": 64, "steps": 12, "seconds": 14.319424556000058, "loss": 0.8512692451477051, "seed": 2, "models": ["pocket", "pocket", "pocket"]}',NULL,5025,1,1795970452125,1795970569443,1795970609297,1795970609297,1,0,'soft',NULL,0,0,0,4096);
INSERT INTO "jobs" VALUES(5,100,100,NULL,33,'private','ru','100:33','{"prompt": "лес", "size": [64, 64], "steps": 600, "seed": 3, "vqgan": null, "clip": null, "ruclip": null, "cutouts": 8, "init_noise": null, "guide": null, "init": null, "init_weight": null, "targets": [], "style": null, "quality": null, "shape": null, "optimizer": null, "learning_rate": null, "cut_power": null, "augment": null, "noise_prompts": [], "every": 50, "zoom": null, "shift": null}','лес','cancelled',1,0,1,'621309c692af4849b496b93768b0c4d6',NULL,'vm:22469',1,7,600,5.38885533809661865234e-01,'jobs/5/frames/0000.png',NULL,NULL,'[]',NULL,NULL,5026,2,1795970452153,1795970609545,1795970646878,1795970646878,1,0,'soft',NULL,0,0,0,4096);
INSERT INTO "jobs" VALUES(6,100,100,NULL,34,'private','ru','100:34','{"prompt": "снеговик", "size": [64, 64], "steps": 120, "seed": 5, "vqgan": null, "clip": null, "ruclip": null, "cutouts": 8, "init_noise": null, "guide": null, "init": null, "init_weight": null, "targets": [], "style": null, "quality": null, "shape": null, "optimizer": null, "learning_rate": null, "cut_power": null, "augment": null, "noise_prompts": [], "every": 15, "zoom": null, "shift": null}','снеговик','running',2,0,0,'340a0451d88640409054461d3cfe96fb',1795970681419,'vm:22469',0,19,120,6.65630280971527099609e-01,'jobs/6/frames/0015.png','jobs/6/latent-19.safetensors',19,'[]',NULL,NULL,5027,1,1795970452181,1795970646911,NULL,1795970677419,1,0,'soft',NULL,0,0,0,4096);
INSERT INTO "jobs" VALUES(7,600,600,NULL,37,'private','en','600:37','{}','','cancelled',2,0,0,NULL,NULL,NULL,0,0,0,NULL,NULL,NULL,NULL,'[]',NULL,NULL,NULL,1,1795970678001,NULL,1795970678114,1795970678114,1,1,'soft',NULL,0,0,0,4096);
INSERT INTO "jobs" VALUES(8,600,600,NULL,38,'private','en','600:38','{}','','cancelled',3,0,0,NULL,NULL,NULL,0,0,0,NULL,NULL,NULL,NULL,'[]',NULL,NULL,NULL,1,1795970678045,NULL,1795970678109,1795970678109,1,1,'soft',NULL,0,0,0,4096);
INSERT INTO "jobs" VALUES(9,200,200,NULL,39,'private','en','200:39','{"prompt": "a house", "size": [64, 64], "steps": 12, "seed": 1786467463, "vqgan": null, "clip": null, "ruclip": null, "cutouts": 8, "init_noise": null, "guide": null, "init": null, "init_weight": null, "targets": [], "style": null, "quality": null, "shape": null, "optimizer": null, "learning_rate": null, "cut_power": null, "augment": null, "noise_prompts": [], "every": null, "zoom": null, "shift": null}','a house','cancelled',2,0,0,NULL,NULL,NULL,0,0,0,NULL,NULL,NULL,NULL,'[]',NULL,NULL,NULL,1,1795970678222,NULL,1795970678282,1795970678282,1,0,'soft',NULL,0,0,0,4096);
INSERT INTO "jobs" VALUES(10,400,-1000,NULL,41,'supergroup','ru','-1000:41','{"prompt": "лиса", "size": [64, 64], "steps": 12, "seed": 2094896191, "vqgan": null, "clip": null, "ruclip": null, "cutouts": 8, "init_noise": null, "guide": null, "init": "inputs/724da60feed2436ea6b83404803dfc99", "init_weight": null, "targets": [], "style": null, "quality": null, "shape": null, "optimizer": null, "learning_rate": null, "cut_power": null, "augment": null, "noise_prompts": [], "every": null, "zoom": null, "shift": null}','лиса','failed',2,0,0,NULL,NULL,NULL,0,0,0,NULL,NULL,NULL,NULL,'[]',NULL,'{"key": "input-damaged", "values": {}}',NULL,1,1795970678366,NULL,1795970678434,1795970678434,1,0,'soft',NULL,0,0,0,4096);
INSERT INTO "jobs" VALUES(11,100,100,NULL,42,'private','ru','100:42','{"prompt": "корона", "size": [64, 64], "steps": 12, "seed": 21, "vqgan": null, "clip": null, "ruclip": null, "cutouts": 8, "init_noise": null, "guide": null, "init": null, "init_weight": null, "targets": [], "style": null, "quality": null, "shape": null, "optimizer": null, "learning_rate": null, "cut_power": null, "augment": null, "noise_prompts": [], "every": null, "zoom": null, "shift": null}','корона','queued',3,0,0,NULL,NULL,NULL,0,0,0,NULL,NULL,NULL,NULL,'[]',NULL,NULL,NULL,1,1795970678443,NULL,NULL,1795970678443,1,0,'soft',NULL,0,0,0,4096);
INSERT INTO "jobs" VALUES(12,100,100,NULL,43,'private','ru','100:43','{"prompt": "a key", "size": [64, 64], "steps": 12, "seed": 22, "vqgan": null, "clip": null, "ruclip": null, "cutouts": 8, "init_noise": null, "guide": null, "init": null, "init_weight": null, "targets": [], "style": null, "quality": "fine", "shape": null, "optimizer": null, "learning_rate": null, "cut_power": null, "augment": null, "noise_prompts": [], "every": null, "zoom": null, "shift": null}','a key','queued',4,0,0,NULL,NULL,NULL,0,0,0,NULL,NULL,NULL,NULL,'[]',NULL,NULL,NULL,1,1795970678446,NULL,NULL,1795970678446,1,0,'soft',NULL,0,0,0,4096);
INSERT INTO "jobs" VALUES(13,400,-1000,NULL,44,'supergroup','ru','-1000:44','{"prompt": "кактус", "size": [64, 64], "steps": 12, "seed": 23, "vqgan": "pocket", "clip": "pocket", "ruclip": "pocket", "cutouts": 8, "init_noise": null, "guide": null, "init": null, "init_weight": null, "targets": [], "style": null, "quality": null, "shape": null, "optimizer": null, "learning_rate": null, "cut_power": null, "augment": null, "noise_prompts": [], "every": null, "zoom": null, "shift": null}','кактус','queued',2,0,0,NULL,NULL,NULL,0,0,0,NULL,NULL,NULL,NULL,'[]',NULL,NULL,NULL,1,1795970678449,NULL,NULL,1795970678449,1,0,'soft',NULL,0,0,0,4096);
INSERT INTO "jobs" VALUES(14,400,-1000,NULL,45,'supergroup','ru','-1000:45','{"prompt": "лев", "size": [64, 64], "steps": 12, "seed": 24, "vqgan": null, "clip": null, "ruclip": null, "cutouts": 8, "init_noise": null, "guide": null, "init": null, "init_weight": null, "targets": [], "style": null, "quality": null, "shape": null, "optimizer": null, "learning_rate": null, "cut_power": null, "augment": null, "noise_prompts": [], "every": null, "zoom": null, "shift": null}','лев','queued',3,0,0,NULL,NULL,NULL,0,0,0,NULL,NULL,NULL,NULL,'[]',NULL,NULL,NULL,1,1795970678454,NULL,NULL,1795970678454,1,0,'soft',NULL,0,0,0,4096);
INSERT INTO "jobs" VALUES(15,200,200,NULL,46,'private','en','200:46','{"prompt": "кот ^ панда", "size": [64, 64], "steps": 12, "seed": 25, "vqgan": null, "clip": null, "ruclip": null, "cutouts": 8, "init_noise": null, "guide": null, "init": null, "init_weight": null, "targets": [], "style": null, "quality": null, "shape": "square", "optimizer": null, "learning_rate": null, "cut_power": null, "augment": null, "noise_prompts": [], "every": null, "zoom": null, "shift": null}','кот ^ панда','queued',2,0,0,NULL,NULL,NULL,0,0,0,NULL,NULL,NULL,NULL,'[]',NULL,NULL,NULL,1,1795970678457,NULL,NULL,1795970678457,1,0,'soft',NULL,0,0,0,4096);
INSERT INTO "jobs" VALUES(16,200,200,NULL,47,'private','en','200:47','{"prompt": "a frog", "size": [64, 64], "steps": 12, "seed": 26, "vqgan": "imagenet_f16_16384", "clip": null, "ruclip": null, "cutouts": 8, "init_noise": null, "guide": null, "init": null, "init_weight": null, "targets": [], "style": null, "quality": null, "shape": null, "optimizer": null, "learning_rate": null, "cut_power": null, "augment": null, "noise_prompts": [], "every": null, "zoom": null, "shift": null}','a frog','queued',3,0,0,NULL,NULL,NULL,0,0,0,NULL,NULL,NULL,NULL,'[]',NULL,NULL,NULL,1,1795970678464,NULL,NULL,1795970678464,1,0,'soft',NULL,0,0,0,4096);
INSERT INTO "jobs" VALUES(17,100,100,NULL,77,'private','ru','100:77:again:0:100','{"prompt": "красный круг на синем фоне", "size": [64, 64], "steps": 12, "seed": 245721232, "vqgan": null, "clip": null, "ruclip": null, "cutouts": 8, "init_noise": null, "guide": null, "init": null, "init_weight": null, "targets": [], "style": null, "quality": null, "shape": null, "optimizer": null, "learning_rate": null, "cut_power": null, "augment": null, "noise_prompts": [], "every": null, "zoom": null, "shift": null}','красный круг на синем фоне','queued',5,0,0,NULL,NULL,NULL,0,0,0,NULL,NULL,NULL,NULL,'[]',NULL,NULL,NULL,1,1795970678507,NULL,NULL,1795970678507,1,0,'soft',NULL,0,0,0,4096);
INSERT INTO "jobs" VALUES(18,100,100,NULL,77,'private','ru','100:77:vary:0:100','{"prompt": "красный круг на синем фоне", "size": [64, 64], "steps": 12, "seed": 2661436368, "vqgan": null, "clip": null, "ruclip": null, "cutouts": 8, "init_noise": null, "guide": null, "init": "inputs/21446d8f445b9bf2225ae26060b94700.png", "init_weight": null, "targets": [], "style": null, "quality": null, "shape": null, "optimizer": null, "learning_rate": null, "cut_power": null, "augment": null, "noise_prompts": [], "every": null, "zoom": null, "shift": null}','красный круг на синем фоне','queued',6,0,0,NULL,NULL,NULL,0,0,0,NULL,NULL,NULL,NULL,'[]',NULL,NULL,NULL,1,1795970678559,NULL,NULL,1795970678559,1,0,'soft',NULL,0,0,0,4096);
INSERT INTO "jobs" VALUES(19,200,200,NULL,77,'private','en','200:77:paint:bak6XYzhKb8:0:200','{"prompt": "красный круг на синем фоне", "size": [64, 64], "steps": 12, "seed": 7, "vqgan": null, "clip": null, "ruclip": null, "cutouts": 8, "init_noise": null, "guide": null, "init": null, "init_weight": null, "targets": [], "style": null, "quality": null, "shape": null, "optimizer": null, "learning_rate": null, "cut_power": null, "augment": null, "noise_prompts": [], "every": null, "zoom": null, "shift": null}','красный круг на синем фоне','queued',4,0,0,NULL,NULL,NULL,0,0,0,NULL,NULL,NULL,NULL,'[]',NULL,NULL,NULL,1,1795970678653,NULL,NULL,1795970678653,0,0,'soft',NULL,0,0,0,4096);
INSERT INTO "jobs" VALUES(20,200,200,NULL,48,'private','en','200:48','{"prompt": "тыква", "size": [64, 64], "steps": 12, "seed": 27, "vqgan": null, "clip": null, "ruclip": null, "cutouts": 8, "init_noise": null, "guide": null, "init": "inputs/4e48b0536d0b41fe9556b1369814ab6c", "init_weight": null, "targets": [], "style": null, "quality": null, "shape": null, "optimizer": null, "learning_rate": null, "cut_power": null, "augment": null, "noise_prompts": [], "every": null, "zoom": null, "shift": null}','тыква','queued',5,0,0,NULL,NULL,NULL,0,0,0,NULL,NULL,NULL,NULL,'[]',NULL,NULL,NULL,1,1795970678733,NULL,NULL,1795970678733,1,0,'soft',NULL,0,1,0,4096);
INSERT INTO "jobs" VALUES(21,100,100,NULL,49,'private','ru','100:49','{"prompt": "подсолнух", "size": [64, 64], "steps": 12, "seed": 28, "vqgan": null, "clip": null, "ruclip": null, "cutouts": 8, "init_noise": null, "guide": null, "init": null, "init_weight": null, "targets": [], "style": null, "quality": null, "shape": null, "optimizer": null, "learning_rate": null, "cut_power": null, "augment": null, "noise_prompts": [], "every": null, "zoom": null, "shift": null}','подсолнух','queued',7,0,0,NULL,NULL,NULL,0,0,0,NULL,NULL,NULL,NULL,'[]',NULL,NULL,NULL,1,1795970678829,NULL,NULL,1795970678829,1,0,'soft',NULL,0,1,0,4096);
CREATE TABLE ledger (
	id INTEGER NOT NULL, 
	user_id BIGINT NOT NULL, 
	delta BIGINT NOT NULL, 
	reason VARCHAR(32) NOT NULL, 
	job_id INTEGER, 
	external_id VARCHAR(200), 
	created_ms BIGINT NOT NULL, granted BIGINT DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_ledger PRIMARY KEY (id), 
	CONSTRAINT fk_ledger_job_id FOREIGN KEY(job_id) REFERENCES jobs (id), 
	CONSTRAINT fk_ledger_user_id FOREIGN KEY(user_id) REFERENCES users (id), 
	CONSTRAINT uq_ledger_external_id UNIQUE (external_id), 
	CONSTRAINT uq_ledger_job_id_reason UNIQUE (job_id, reason)
);
INSERT INTO "ledger" VALUES(1,100,7,'grant',NULL,NULL,1795970352528,7);
INSERT INTO "ledger" VALUES(2,100,-1,'charge',1,NULL,1795970353492,0);
INSERT INTO "ledger" VALUES(3,100,-1,'charge',2,NULL,1795970451519,0);
INSERT INTO "ledger" VALUES(4,200,-1,'charge',3,NULL,1795970452096,0);
INSERT INTO "ledger" VALUES(5,100,-1,'charge',4,NULL,1795970452124,0);
INSERT INTO "ledger" VALUES(6,100,-2,'charge',5,NULL,1795970452152,0);
INSERT INTO "ledger" VALUES(7,100,-1,'charge',6,NULL,1795970452180,0);
INSERT INTO "ledger" VALUES(8,100,2,'refund',5,NULL,1795970646886,0);
INSERT INTO "ledger" VALUES(9,600,-1,'charge',7,NULL,1795970678000,0);
INSERT INTO "ledger" VALUES(10,600,-1,'charge',8,NULL,1795970678044,0);
INSERT INTO "ledger" VALUES(11,600,1,'refund',8,NULL,1795970678111,0);
INSERT INTO "ledger" VALUES(12,600,1,'refund',7,NULL,1795970678143,0);
INSERT INTO "ledger" VALUES(13,200,-1,'charge',9,NULL,1795970678221,0);
INSERT INTO "ledger" VALUES(14,200,1,'refund',9,NULL,1795970678282,0);
INSERT INTO "ledger" VALUES(15,400,-1,'charge',10,NULL,1795970678364,0);
INSERT INTO "ledger" VALUES(16,400,1,'refund',10,NULL,1795970678434,0);
INSERT INTO "ledger" VALUES(17,100,-1,'charge',11,NULL,1795970678440,0);
INSERT INTO "ledger" VALUES(18,100,-1,'charge',12,NULL,1795970678445,0);
INSERT INTO "ledger" VALUES(19,400,-1,'charge',13,NULL,1795970678448,0);
INSERT INTO "ledger" VALUES(20,-1000,-1,'charge',14,NULL,1795970678453,0);
INSERT INTO "ledger" VALUES(21,200,-1,'charge',15,NULL,1795970678456,0);
INSERT INTO "ledger" VALUES(22,200,-1,'charge',16,NULL,1795970678463,0);
INSERT INTO "ledger" VALUES(23,100,-1,'charge',17,NULL,1795970678502,0);
INSERT INTO "ledger" VALUES(24,100,-1,'charge',18,NULL,1795970678558,0);
INSERT INTO "ledger" VALUES(25,200,-1,'charge',19,NULL,1795970678652,0);
INSERT INTO "ledger" VALUES(26,200,-1,'charge',20,NULL,1795970678732,0);
INSERT INTO "ledger" VALUES(27,100,-1,'charge',21,NULL,1795970678828,0);
CREATE TABLE "letters" (
	id INTEGER NOT NULL, 
	chat_id BIGINT NOT NULL, 
	broadcast_id INTEGER, 
	notice TEXT, 
	state VARCHAR(16) DEFAULT 'pending' NOT NULL, 
	due_ms BIGINT NOT NULL, 
	token VARCHAR(32), 
	lease_until_ms BIGINT, 
	tries INTEGER DEFAULT '0' NOT NULL, 
	created_ms BIGINT NOT NULL, 
	CONSTRAINT pk_letters PRIMARY KEY (id), 
	CONSTRAINT fk_letters_broadcast_id FOREIGN KEY(broadcast_id) REFERENCES broadcasts (id), 
	CONSTRAINT uq_letters_broadcast_id_chat_id UNIQUE (broadcast_id, chat_id), 
	CONSTRAINT ck_letters_state CHECK (state IN ('pending', 'sending', 'sent', 'uncertain', 'unreachable', 'failed', 'stopped'))
);
INSERT INTO "letters" VALUES(1,100,1,NULL,'sent',1795970452632,'c668111fad5349f8a090a5721f987557',NULL,1,1795970452632);
INSERT INTO "letters" VALUES(2,200,1,NULL,'pending',1795970452632,NULL,NULL,0,1795970452632);
INSERT INTO "letters" VALUES(3,300,1,NULL,'pending',1795970452632,NULL,NULL,0,1795970452632);
INSERT INTO "letters" VALUES(4,400,1,NULL,'pending',1795970452632,NULL,NULL,0,1795970452632);
INSERT INTO "letters" VALUES(5,600,1,NULL,'pending',1795970452632,NULL,NULL,0,1795970452632);
INSERT INTO "letters" VALUES(6,700,1,NULL,'unreachable',1795970452632,NULL,NULL,0,1795970452632);
INSERT INTO "letters" VALUES(7,-1000,1,NULL,'pending',1795970452632,NULL,NULL,0,1795970452632);
INSERT INTO "letters" VALUES(8,300,NULL,'{"key": "alert-engine-lost", "values": {"worker": "old:1", "job": 5, "count": 1}}','pending',1795970678931,NULL,NULL,0,1795970678931);
CREATE TABLE needs (
	id INTEGER NOT NULL, 
	job_id INTEGER NOT NULL, 
	model TEXT NOT NULL, 
	CONSTRAINT pk_needs PRIMARY KEY (id), 
	CONSTRAINT fk_needs_job_id FOREIGN KEY(job_id) REFERENCES jobs (id)
);
INSERT INTO "needs" VALUES(1,13,'pocket');
INSERT INTO "needs" VALUES(2,16,'imagenet_f16_16384');
CREATE TABLE outbox (
	id INTEGER NOT NULL, 
	job_id INTEGER NOT NULL, 
	chat_id BIGINT NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	state VARCHAR(16) DEFAULT 'pending' NOT NULL, 
	due_ms BIGINT NOT NULL, 
	token VARCHAR(32), 
	lease_until_ms BIGINT, 
	courier VARCHAR(200), 
	tries INTEGER DEFAULT '0' NOT NULL, 
	message_id BIGINT, 
	last_error TEXT, 
	created_ms BIGINT NOT NULL, file_id TEXT, file_kind VARCHAR(16), 
	CONSTRAINT pk_outbox PRIMARY KEY (id), 
	CONSTRAINT ck_outbox_state CHECK (state IN ('pending', 'sending', 'sent', 'undeliverable')), 
	CONSTRAINT fk_outbox_job_id FOREIGN KEY(job_id) REFERENCES jobs (id), 
	CONSTRAINT uq_outbox_job_id_kind UNIQUE (job_id, kind)
);
INSERT INTO "outbox" VALUES(1,1,100,'ack','sent',1795970353603,'f75e88dd6f0d4d79870123fc85595715',NULL,'test',1,5019,NULL,1795970353603,NULL,NULL);
INSERT INTO "outbox" VALUES(2,1,100,'animation','sent',1795970439157,'e0698848457743d7ac7d894dbe2f039d',NULL,'test',1,5019,NULL,1795970439157,'InputMediaType.ANIMATION-5019','animation');
INSERT INTO "outbox" VALUES(3,1,100,'slot','sent',1795970439157,'cddde5d3210f4f8c993f734ece658255',NULL,'test',1,5020,NULL,1795970439157,NULL,NULL);
INSERT INTO "outbox" VALUES(4,1,100,'picture','sent',1795970439157,'658269d5113d4d04a13dd0020293a1a7',NULL,'test',1,5020,NULL,1795970439157,'InputMediaType.PHOTO-5020','photo');
INSERT INTO "outbox" VALUES(5,2,100,'ack','sent',1795970451521,'c79b3ff93bbe490b971deab9d654622b',NULL,'test',1,5022,NULL,1795970451521,NULL,NULL);
INSERT INTO "outbox" VALUES(6,2,100,'animation','sent',1795970451596,'c163953b8ab54f399dba293da9dac559',NULL,'test',1,5022,NULL,1795970451596,'InputMediaType.ANIMATION-5022','animation');
INSERT INTO "outbox" VALUES(7,2,100,'slot','sent',1795970451596,'9b5b19d62af24f0aafbfa0185a18a9a3',NULL,'test',1,5023,NULL,1795970451596,NULL,NULL);
INSERT INTO "outbox" VALUES(8,2,100,'picture','sent',1795970451596,'d8f40c5da4984821a63da0cb8b0017b9',NULL,'test',1,5023,NULL,1795970451596,'InputMediaType.PHOTO-5023','photo');
INSERT INTO "outbox" VALUES(9,3,-1000,'ack','sent',1795970452098,'d192b76edb5247509f8c7fa206f45f1f',NULL,'test',1,5024,NULL,1795970452098,NULL,NULL);
INSERT INTO "outbox" VALUES(10,4,100,'ack','sent',1795970452126,'d8838371cc904a929625ed9eb0c505da',NULL,'test',1,5025,NULL,1795970452126,NULL,NULL);
INSERT INTO "outbox" VALUES(11,5,100,'ack','sent',1795970452154,'53df06406f90496790996a567c2e1e1a',NULL,'test',1,5026,NULL,1795970452154,NULL,NULL);
INSERT INTO "outbox" VALUES(12,6,100,'ack','sent',1795970452182,'7822a00f1b704adb97837ab174659966',NULL,'test',1,5027,NULL,1795970452182,NULL,NULL);
INSERT INTO "outbox" VALUES(13,3,-1000,'slot','pending',1795970569140,NULL,NULL,NULL,0,NULL,NULL,1795970569140,NULL,NULL);
INSERT INTO "outbox" VALUES(14,3,-1000,'picture','pending',1795970569140,NULL,NULL,NULL,0,NULL,NULL,1795970569140,NULL,NULL);
INSERT INTO "outbox" VALUES(15,3,-1000,'tidy','pending',1795970569140,NULL,NULL,NULL,0,NULL,NULL,1795970569140,NULL,NULL);
INSERT INTO "outbox" VALUES(16,4,100,'animation','pending',1795970609297,NULL,NULL,NULL,0,NULL,NULL,1795970609297,NULL,NULL);
INSERT INTO "outbox" VALUES(17,4,100,'slot','pending',1795970609297,NULL,NULL,NULL,0,NULL,NULL,1795970609297,NULL,NULL);
INSERT INTO "outbox" VALUES(18,4,100,'picture','pending',1795970609297,NULL,NULL,NULL,0,NULL,NULL,1795970609297,NULL,NULL);
INSERT INTO "outbox" VALUES(19,5,100,'cancelled','pending',1795970646886,NULL,NULL,NULL,0,NULL,NULL,1795970646886,NULL,NULL);
INSERT INTO "outbox" VALUES(20,7,600,'ack','undeliverable',1795970678002,NULL,NULL,NULL,0,NULL,NULL,1795970678002,NULL,NULL);
INSERT INTO "outbox" VALUES(21,8,600,'ack','undeliverable',1795970678046,NULL,NULL,NULL,0,NULL,NULL,1795970678046,NULL,NULL);
INSERT INTO "outbox" VALUES(22,8,600,'cancelled','pending',1795970678111,NULL,NULL,NULL,0,NULL,NULL,1795970678111,NULL,NULL);
INSERT INTO "outbox" VALUES(23,7,600,'cancelled','pending',1795970678144,NULL,NULL,NULL,0,NULL,NULL,1795970678144,NULL,NULL);
INSERT INTO "outbox" VALUES(24,9,200,'ack','pending',1795970678222,NULL,NULL,NULL,0,NULL,NULL,1795970678222,NULL,NULL);
INSERT INTO "outbox" VALUES(25,9,200,'cancelled','pending',1795970678282,NULL,NULL,NULL,0,NULL,NULL,1795970678282,NULL,NULL);
INSERT INTO "outbox" VALUES(26,10,-1000,'ack','pending',1795970678366,NULL,NULL,NULL,0,NULL,NULL,1795970678366,NULL,NULL);
INSERT INTO "outbox" VALUES(27,10,-1000,'sorry','pending',1795970678434,NULL,NULL,NULL,0,NULL,NULL,1795970678434,NULL,NULL);
INSERT INTO "outbox" VALUES(28,11,100,'ack','pending',1795970678444,NULL,NULL,NULL,0,NULL,NULL,1795970678444,NULL,NULL);
INSERT INTO "outbox" VALUES(29,12,100,'ack','pending',1795970678447,NULL,NULL,NULL,0,NULL,NULL,1795970678447,NULL,NULL);
INSERT INTO "outbox" VALUES(30,13,-1000,'ack','pending',1795970678450,NULL,NULL,NULL,0,NULL,NULL,1795970678450,NULL,NULL);
INSERT INTO "outbox" VALUES(31,14,-1000,'ack','pending',1795970678454,NULL,NULL,NULL,0,NULL,NULL,1795970678454,NULL,NULL);
INSERT INTO "outbox" VALUES(32,15,200,'ack','pending',1795970678457,NULL,NULL,NULL,0,NULL,NULL,1795970678457,NULL,NULL);
INSERT INTO "outbox" VALUES(33,16,200,'ack','pending',1795970678465,NULL,NULL,NULL,0,NULL,NULL,1795970678465,NULL,NULL);
INSERT INTO "outbox" VALUES(34,17,100,'ack','pending',1795970678508,NULL,NULL,NULL,0,NULL,NULL,1795970678508,NULL,NULL);
INSERT INTO "outbox" VALUES(35,18,100,'ack','pending',1795970678560,NULL,NULL,NULL,0,NULL,NULL,1795970678560,NULL,NULL);
INSERT INTO "outbox" VALUES(36,19,200,'ack','pending',1795970678653,NULL,NULL,NULL,0,NULL,NULL,1795970678653,NULL,NULL);
INSERT INTO "outbox" VALUES(37,20,200,'ack','pending',1795970678734,NULL,NULL,NULL,0,NULL,NULL,1795970678734,NULL,NULL);
INSERT INTO "outbox" VALUES(38,21,100,'ack','pending',1795970678840,NULL,NULL,NULL,0,NULL,NULL,1795970678840,NULL,NULL);
CREATE TABLE recipes (
	token VARCHAR(32) NOT NULL, 
	job_id INTEGER NOT NULL, 
	created_ms BIGINT NOT NULL, 
	CONSTRAINT pk_recipes PRIMARY KEY (token), 
	CONSTRAINT fk_recipes_job_id FOREIGN KEY(job_id) REFERENCES jobs (id), 
	CONSTRAINT uq_recipes_job_id UNIQUE (job_id)
);
INSERT INTO "recipes" VALUES('bak6XYzhKb8',1,1795970451455);
CREATE TABLE rules (
	name VARCHAR(32) NOT NULL, 
	value TEXT NOT NULL, 
	CONSTRAINT pk_rules PRIMARY KEY (name)
);
INSERT INTO "rules" VALUES('group_credits','25');
CREATE TABLE speeds (
	"key" VARCHAR(200) NOT NULL, 
	seconds_per_step FLOAT NOT NULL, 
	updated_ms BIGINT NOT NULL, 
	CONSTRAINT pk_speeds PRIMARY KEY ("key")
);
INSERT INTO "speeds" VALUES('pocket+pocket+pocket 64x64',1.1932853796666715862e+00,1795970609353);
CREATE TABLE stops (
	kind VARCHAR(16) NOT NULL, 
	entry VARCHAR(200) NOT NULL, 
	present BOOLEAN NOT NULL, 
	CONSTRAINT pk_stops PRIMARY KEY (kind, entry), 
	CONSTRAINT ck_stops_kind CHECK (kind IN ('stop', 'exception'))
);
INSERT INTO "stops" VALUES('stop','борщ',1);
INSERT INTO "stops" VALUES('exception','борщевик',1);
INSERT INTO "stops" VALUES('stop','гейпорн',0);
CREATE TABLE updates (
	update_id BIGINT NOT NULL, 
	at_ms BIGINT NOT NULL, 
	CONSTRAINT pk_updates PRIMARY KEY (update_id)
);
INSERT INTO "updates" VALUES(13,1795970351209);
INSERT INTO "updates" VALUES(14,1795970352225);
INSERT INTO "updates" VALUES(15,1795970352325);
INSERT INTO "updates" VALUES(16,1795970352526);
INSERT INTO "updates" VALUES(17,1795970352709);
INSERT INTO "updates" VALUES(18,1795970352853);
INSERT INTO "updates" VALUES(19,1795970353017);
INSERT INTO "updates" VALUES(20,1795970353129);
INSERT INTO "updates" VALUES(21,1795970353281);
INSERT INTO "updates" VALUES(22,1795970353429);
INSERT INTO "updates" VALUES(23,1795970353493);
INSERT INTO "updates" VALUES(25,1795970451520);
INSERT INTO "updates" VALUES(26,1795970452097);
INSERT INTO "updates" VALUES(27,1795970452124);
INSERT INTO "updates" VALUES(28,1795970452152);
INSERT INTO "updates" VALUES(29,1795970452180);
INSERT INTO "updates" VALUES(30,1795970452562);
INSERT INTO "updates" VALUES(32,1795970452773);
INSERT INTO "updates" VALUES(33,1795970678000);
INSERT INTO "updates" VALUES(34,1795970678044);
INSERT INTO "updates" VALUES(36,1795970678221);
INSERT INTO "updates" VALUES(37,1795970678281);
INSERT INTO "updates" VALUES(38,1795970678365);
INSERT INTO "updates" VALUES(39,1795970678442);
INSERT INTO "updates" VALUES(40,1795970678446);
INSERT INTO "updates" VALUES(41,1795970678449);
INSERT INTO "updates" VALUES(42,1795970678452);
INSERT INTO "updates" VALUES(43,1795970678456);
INSERT INTO "updates" VALUES(44,1795970678464);
INSERT INTO "updates" VALUES(45,1795970678502);
INSERT INTO "updates" VALUES(46,1795970678558);
INSERT INTO "updates" VALUES(47,1795970678652);
INSERT INTO "updates" VALUES(48,1795970678732);
INSERT INTO "updates" VALUES(49,1795970678828);
CREATE TABLE "users" (
	id BIGINT NOT NULL, 
	language VARCHAR(8), 
	blocked BOOLEAN DEFAULT 0 NOT NULL, 
	turned_away BOOLEAN DEFAULT 0 NOT NULL, 
	created_ms BIGINT NOT NULL, 
	speaks VARCHAR(8), 
	username VARCHAR(64), 
	name VARCHAR(200), 
	used BIGINT DEFAULT '0' NOT NULL, 
	used_day BIGINT, 
	granted BIGINT DEFAULT '0' NOT NULL, 
	quota BIGINT, 
	block_reason TEXT, shape VARCHAR(16), quality VARCHAR(16), model TEXT, animation BOOLEAN, safety VARCHAR(8), 
	CONSTRAINT pk_users PRIMARY KEY (id), 
	CONSTRAINT ck_users_used CHECK (used >= 0), 
	CONSTRAINT ck_users_granted CHECK (granted >= 0)
);
INSERT INTO "users" VALUES(100,'ru',0,0,1795970350704,'ru','anna','100',9,20786,7,60,NULL,'portrait','quick',NULL,NULL,NULL);
INSERT INTO "users" VALUES(200,NULL,0,0,1795970350822,'en','Boris_B','200',5,20786,0,NULL,NULL,NULL,NULL,'pocket',0,NULL);
INSERT INTO "users" VALUES(300,NULL,0,0,1795970350850,'ru',NULL,'300',0,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "users" VALUES(400,NULL,0,0,1795970350857,'en',NULL,'400',1,20786,0,1,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "users" VALUES(500,NULL,1,0,1795970350865,'en',NULL,'500',0,NULL,0,NULL,'реклама',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "users" VALUES(600,NULL,0,0,1795970350872,'en',NULL,NULL,0,20786,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "users" VALUES(700,NULL,0,0,1795970350882,'en',NULL,'700',0,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "users" VALUES(-1000,'en',0,0,1795970351112,NULL,NULL,NULL,1,20786,0,NULL,NULL,NULL,NULL,NULL,NULL,'hard');
CREATE INDEX ix_updates_at_ms ON updates (at_ms);
CREATE INDEX ix_jobs_state_lease_until_ms ON jobs (state, lease_until_ms);
CREATE INDEX ix_jobs_state_rank_id ON jobs (state, rank, id);
CREATE INDEX ix_jobs_user_id_state ON jobs (user_id, state);
CREATE INDEX ix_ledger_user_id ON ledger (user_id);
CREATE INDEX ix_outbox_chat_id_state_id ON outbox (chat_id, state, id);
CREATE INDEX ix_outbox_state_due_ms ON outbox (state, due_ms);
CREATE INDEX ix_users_username ON users (username);
CREATE INDEX ix_audit_target_id ON audit (target_id);
CREATE INDEX ix_alerts_kind_told_ms ON alerts (kind, told_ms);
CREATE INDEX ix_erasures_due_ms ON erasures (due_ms);
CREATE INDEX ix_inputs_job_id ON inputs (job_id);
CREATE INDEX ix_inputs_due_ms ON inputs (due_ms);
CREATE INDEX ix_album_parts_user_id ON album_parts (user_id);
CREATE INDEX ix_album_parts_seen_ms ON album_parts (seen_ms);
CREATE INDEX ix_jobs_expired_finished_ms ON jobs (expired, finished_ms);
CREATE INDEX ix_needs_job_id ON needs (job_id);
CREATE INDEX ix_letters_state_due_ms ON letters (state, due_ms);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('jobs',21);
COMMIT;
