using Engine.Migration.Cli;

return MigrationCommandLine.Invoke(args);
