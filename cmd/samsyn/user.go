package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/term"

	"samsyn/api"
	"samsyn/internal/hub"
	"samsyn/internal/store"
)

type userCmd struct {
	Add    userAddCmd    `cmd:"" help:"Add a person."`
	List   userListCmd   `cmd:"" help:"List people."`
	Passwd userPasswdCmd `cmd:"" help:"Set a person's password; it ends their sessions."`
	Remove userRemoveCmd `cmd:"" help:"Remove a person."`
}

type passwordFlag struct {
	PasswordFile string `help:"File that holds the password; otherwise it is asked for." type:"existingfile"`
}

// hash reads the new password and returns what the store keeps of it.
func (p passwordFlag) hash() (string, error) {
	password, err := p.read()
	if err != nil {
		return "", err
	}
	return api.HashPassword(password)
}

func (p passwordFlag) read() (string, error) {
	if p.PasswordFile != "" {
		b, err := os.ReadFile(p.PasswordFile)
		return strings.TrimRight(string(b), "\r\n"), err
	}
	return readPassword()
}

// readPassword asks for a password, or reads a line of standard input.
func readPassword() (string, error) {
	if fd := int(os.Stdin.Fd()); term.IsTerminal(fd) {
		fmt.Fprint(os.Stderr, "Password: ")
		b, err := term.ReadPassword(fd)
		fmt.Fprintln(os.Stderr)
		return string(b), err
	}
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if line == "" && err != nil {
		return "", errors.New("no password: type it, or give it in a file by --password-file")
	}
	return strings.TrimRight(line, "\r\n"), nil
}

type userAddCmd struct {
	passwordFlag
	Name       string   `arg:"" help:"Login name."`
	Role       string   `help:"One of ${enum}." enum:"${roles}" default:"employee"`
	Department []string `help:"Department whose records the person sees; may be repeated."`
	All        bool     `help:"The person sees every department."`
}

func (c *userAddCmd) Run(e *env) error {
	name := api.UserName(c.Name)
	if err := api.CheckUserName(name); err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	if !c.All && len(c.Department) == 0 && c.Role == hub.RoleEmployee {
		return fmt.Errorf("%w: say what %s may see: --department NAME, or --all", errUsage, c.Name)
	}
	hash, err := c.hash()
	if err != nil {
		return err
	}
	b, err := openBase(e)
	if err != nil {
		return err
	}
	defer b.Close()
	u := store.User{Name: name, Role: c.Role, All: c.All, Departments: c.Department}
	if err := b.store.AddUser(e.ctx, u, hash); errors.Is(err, store.ErrExists) {
		return fmt.Errorf("there is a user %s already", u.Name)
	} else if err != nil {
		return err
	}
	return e.out.line(u, "Added %s.", u.Name)
}

type userListCmd struct{}

func (userListCmd) Run(e *env) error {
	b, err := openBase(e)
	if err != nil {
		return err
	}
	defer b.Close()
	all, err := b.store.Users(e.ctx)
	if err != nil {
		return err
	}
	return list(e.out, all, "NAME\tROLE\tSEES", func(u store.User) string {
		if u.All {
			return u.Name + "\t" + u.Role + "\teverything"
		}
		return u.Name + "\t" + u.Role + "\t" + strings.Join(u.Departments, ", ")
	})
}

type userPasswdCmd struct {
	passwordFlag
	Name string `arg:"" help:"Login name."`
}

func (c *userPasswdCmd) Run(e *env) error {
	hash, err := c.hash()
	if err != nil {
		return err
	}
	return withUser(e, c.Name, func(b *base, name string) error {
		if err := b.store.SetPassword(e.ctx, name, hash); err != nil {
			return err
		}
		return e.out.line(map[string]any{"name": name, "changed": true}, "%s has a new password.", name)
	})
}

type userRemoveCmd struct {
	Name string `arg:"" help:"Login name."`
}

func (c *userRemoveCmd) Run(e *env) error {
	return withUser(e, c.Name, func(b *base, name string) error {
		if err := b.store.RemoveUser(e.ctx, name); err != nil {
			return err
		}
		return e.out.line(map[string]any{"name": name, "removed": true}, "Removed %s.", name)
	})
}

type tokenCmd struct {
	Create tokenCreateCmd `cmd:"" help:"Make a token that acts for a user; it is shown once."`
}

type tokenCreateCmd struct {
	User  string `required:"" help:"User for whom the token acts."`
	Label string `help:"What it is for." default:"command line"`
}

func (c *tokenCreateCmd) Run(e *env) error {
	return withUser(e, c.User, func(b *base, name string) error {
		secret, err := api.NewToken(e.ctx, b.store, name, c.Label)
		if err != nil {
			return err
		}
		return e.out.line(map[string]any{"user": name, "token": secret}, "%s\nIt is not shown again.", secret)
	})
}

func withUser(e *env, name string, f func(b *base, name string) error) error {
	b, err := openBase(e)
	if err != nil {
		return err
	}
	defer b.Close()
	name = api.UserName(name)
	if _, err := b.store.User(e.ctx, name); errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("there is no user %s; samsyn user list shows them", name)
	} else if err != nil {
		return err
	}
	return f(b, name)
}
