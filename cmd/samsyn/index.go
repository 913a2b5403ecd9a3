package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"samsyn/indexer"
	"samsyn/indexer/bleve"
	"samsyn/indexer/meili"
)

// meiliScheme begins the setting index when the index is on a Meilisearch server.
const meiliScheme = "meili:"

// openEngine opens the engine that the settings name. A server that does not
// answer or will not serve us is an error that says what to do.
func openEngine(e *env) (indexer.Engine, error) {
	address, ok := strings.CutPrefix(e.cfg.Index, meiliScheme)
	if !ok {
		return bleve.Open(strings.TrimPrefix(e.cfg.Index, "bleve:"), e.log)
	}
	engine, err := meili.New(meili.Options{URL: address, Key: e.cfg.IndexKey})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(e.ctx, 10*time.Second)
	defer cancel()
	if err := engine.Check(ctx); err != nil {
		return nil, errors.Join(err, engine.Close())
	}
	if engine.Master(ctx) {
		e.log.Warn("the key for Meilisearch may do more than Samsyn needs: make one with samsyn index key")
	}
	return engine, nil
}

// searchIndex is what the doctor says of the index.
func searchIndex(e *env) finding {
	f := finding{Check: "index", OK: true, Found: "in the data directory"}
	if !strings.HasPrefix(e.cfg.Index, meiliScheme) {
		return f
	}
	engine, err := openEngine(e)
	if err != nil {
		return finding{Check: "index", Found: err.Error()}
	}
	f.Found = "Meilisearch answers and takes the key"
	if err := engine.Close(); err != nil {
		return finding{Check: "index", Found: err.Error()}
	}
	return f
}

type indexCmd struct {
	Key indexKeyCmd `cmd:"" help:"Make a key of Meilisearch with the rights that Samsyn needs, and no more. It is shown once."`
}

type indexKeyCmd struct {
	MasterKeyFile string `help:"File that holds the master key of Meilisearch; otherwise it is taken from MEILI_MASTER_KEY." type:"existingfile"`
}

func (c *indexKeyCmd) Run(e *env) error {
	address, ok := strings.CutPrefix(e.cfg.Index, meiliScheme)
	if !ok {
		return fmt.Errorf("%w: the setting index names no Meilisearch: set it to %shttp://host:7700", errUsage, meiliScheme)
	}
	master := os.Getenv("MEILI_MASTER_KEY")
	if c.MasterKeyFile != "" {
		text, err := os.ReadFile(c.MasterKeyFile)
		if err != nil {
			return err
		}
		master = strings.TrimSpace(string(text))
	}
	if master == "" {
		return fmt.Errorf("%w: give the master key: --master-key-file FILE, or MEILI_MASTER_KEY in the environment", errUsage)
	}
	key, err := meili.CreateKey(e.ctx, meili.Options{URL: address, Key: master})
	if err != nil {
		return err
	}
	return e.out.line(map[string]string{"key": key}, "%s", key)
}
