using System.Globalization;
using FleetChat.Core.Billing;
using FleetChat.Functions.Restores;
using FleetChat.LocalHost.Capacity;
using FleetChat.LocalHost.Commands.Replay;
using FleetChat.LocalHost.Commands.Tail;
using FleetChat.LocalHost.Commands.Why;
using FleetChat.LocalRuntime;

namespace FleetChat.LocalHost.Commands;

/// <summary>Reads what stands behind a command's name.</summary>
internal static class CommandOptions
{
    public static UpOptions ReadUp(string[] options) => Read("up", options, new UpOptions(), (option, value, read) => option switch
    {
        "--port" => read with { Port = Port(value()) },
        "--data" => read with { Folder = value() },
        "--simulators" => read with { Simulators = Port(value(), option) },
        _ => null,
    });

    public static DemoOptions ReadDemo(string[] options) => Read("demo", options, new DemoOptions(), (option, value, read) => option switch
    {
        "--json" => read with { Json = true },
        "--speed" => read with { Speed = Speed(value()) },
        _ => null,
    });

    /// <returns>Whether JSON is wanted.</returns>
    public static bool ReadFunctions(string[] options) => ReadJson("functions", options);

    public static bool ReadRules(string[] options) => ReadJson("rules", options);

    public static bool ReadErrors(string[] options) => ReadJson("errors", options);

    public static CapacityOptions ReadCapacity(string[] options) => Read("capacity", options, new CapacityOptions(), (option, value, read) => option switch
    {
        "--tenants" => read with { Tenants = Companies(value()) },
        "--json" => read with { Json = true },
        _ => null,
    });

    private static int Companies(string text)
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= CapacityModel.MostTenants
            ? number
            : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"--tenants needs a number from 1 to {CapacityModel.MostTenants:N0}."));

    /// <exception cref="FormatException">There is one.</exception>
    public static void ReadNone(string command, string[] options) => Read(command, options, new ViewOptions(), (_, _, _) => null);

    private static bool ReadJson(string command, string[] options) => Read(command, options, new ViewOptions(), (option, _, read) => option switch
    {
        "--json" => read with { Json = true },
        _ => null,
    }).Json;

    public static ViewOptions ReadView(string command, string[] options) => Read(command, options, new ViewOptions(), View);

    public static InstancesOptions ReadInstances(string[] options) => Read("instances", options, new InstancesOptions(), (option, value, read) => option switch
    {
        "--status" => read with { Query = read.Query with { Status = Status(value()) } },
        "--prefix" => read with { Query = read.Query with { Prefix = value() } },
        "--limit" => read with { Query = read.Query with { Limit = Positive(value(), option) } },
        _ => View(option, value, read),
    });

    public static InstanceOptions ReadInstance(string[] options) => options is [['-', ..], ..] or []
        ? throw new FormatException("'instance' needs an instance's id; 'instances' lists them.")
        : Read("instance", options[1..], new InstanceOptions { Id = options[0] }, View);

    public static WhyOptions ReadWhy(string[] options) => options is [['-', ..], ..] or []
        ? throw new FormatException("'why' needs an id: of a message, an event (Samsara's or ours), an entry in a transport's timeline, an effect key or a reminder.")
        : Read("why", options[1..], new WhyOptions { Id = options[0] }, (option, value, read) => option switch
        {
            "--tenant" => read with { Tenant = value() },
            "--text" => read with { Text = true },
            _ => View(option, value, read),
        });

    public static TailOptions ReadTail(string[] options) => Read("tail", options, new TailOptions(), (option, value, read) => option switch
    {
        "--tenant" => read with { Tenant = value() },
        "--driver" => read with { Driver = value() },
        "--since" => read with { Since = When.Read(value(), option) },
        "--once" or "--no-follow" => read with { Once = true },
        _ => View(option, value, read),
    });

    public static ReplayOptions ReadReplay(string[] options) => Read("replay", options, new ReplayOptions(), (option, value, read) => option switch
    {
        "--tenant" => read with { Tenant = value() },
        "--event" => read with { Item = value() },
        "--all" => read with { All = true },
        "--dry-run" => read with { DryRun = true },
        _ => View(option, value, read),
    }).Checked();

    public static AuditCommandOptions ReadAudit(string command, string[] options) => Read(command, options, new AuditCommandOptions(), (option, value, read) => option switch
    {
        "--tenant" => read with { Tenant = value() },
        _ => View(option, value, read),
    });

    public static RestoreCommandOptions ReadRestore(string[] options)
    {
        var at = Array.IndexOf(options, "--data");
        if (at < 0) return new(RestoreOptions.Read(options), new ViewOptions().Folder);
        if (at + 1 == options.Length) throw new FormatException("'--data' needs a value.");
        return new(RestoreOptions.Read([.. options[..at], .. options[(at + 2)..]]), options[at + 1]);
    }

    public static BillingRunOptions ReadBillingRun(string[] options) => Read("billing run", options, new BillingRunOptions(), (option, value, read) => option switch
    {
        "--period" => read with { Period = Month(value()) },
        "--tenant" => read with { Tenant = value() },
        "--dry-run" => read with { DryRun = true },
        _ => View(option, value, read),
    }).Checked();

    public static BillingClockOptions ReadBillingClock(string[] options) => Read("billing clock", options, new BillingClockOptions(), (option, value, read) => option switch
    {
        "--months" => read with { Months = Positive(value(), option) },
        "--json" => read with { Json = true },
        _ => null,
    }).Checked();

    public static InvoiceCommandOptions ReadInvoicePreview(string[] options) => Read("invoice preview", options, new InvoiceCommandOptions(), (option, value, read) => option switch
    {
        "--period" => read with { Period = Month(value()) },
        _ => Company(option, value, read),
    }).Checked("invoice preview");

    public static InvoiceCommandOptions ReadInvoiceList(string[] options) => Read("invoice list", options, new InvoiceCommandOptions(), Company).Checked("invoice list");

    public static InvoiceCommandOptions ReadInvoiceShow(string[] options)
        => Read("invoice show", Named("invoice show", options)[1..], new InvoiceCommandOptions { Name = options[0] }, Company).Checked("invoice show");

    public static InvoiceCommandOptions ReadInvoicePdf(string[] options)
        => Read("invoice pdf", Named("invoice pdf", options)[1..], new InvoiceCommandOptions { Name = options[0] }, (option, value, read) => option switch
        {
            "--out" => read with { Out = value() },
            _ => Company(option, value, read),
        }).CheckedForPdf();

    public static InvoiceCommandOptions ReadInvoiceExplain(string[] options)
        => Read("invoice explain", Named("invoice explain", options)[1..], new InvoiceCommandOptions { Name = options[0] }, (option, value, read) => option switch
        {
            "--line" => read with { Line = Positive(value(), option) },
            _ => Company(option, value, read),
        }).CheckedForLine();

    private static InvoiceCommandOptions? Company(string option, Func<string> value, InvoiceCommandOptions read) => option switch
    {
        "--tenant" => read with { Tenant = value() },
        _ => View(option, value, read),
    };

    private static string[] Named(string command, string[] options) => options is [['-', ..], ..] or []
        ? throw new FormatException($"'{command}' needs an invoice's number or id; 'invoice list' shows them.")
        : options;

    private static DateOnly Month(string text) => BillingPeriod.TryParse(text, out var period) ? period : throw new FormatException("--period needs a month such as 2026-03.");

    public static DoctorOptions ReadDoctor(string[] options) => Read("doctor", options, new DoctorOptions(), (option, value, read) => option switch
    {
        "--port" => read with { Port = Port(value()) },
        _ => View(option, value, read),
    });

    public static T? View<T>(string option, Func<string> value, T read)
        where T : ViewOptions => option switch
    {
        "--json" => read with { Json = true },
        "--data" => read with { Folder = value() },
        _ => null,
    };

    /// <param name="apply">Gets an option's name and a way to its value; null: the command has no such option.</param>
    /// <exception cref="FormatException">Says which option is wrong, and what it wants.</exception>
    public static T Read<T>(string command, string[] options, T read, Func<string, Func<string>, T, T?> apply)
        where T : class
    {
        for (var at = 0; at < options.Length; at++)
        {
            var option = options[at];
            read = apply(option, Value, read) ?? throw new FormatException($"'{command}' has no option {option}.");

            string Value() => ++at < options.Length ? options[at] : throw new FormatException($"{option} needs a value.");
        }
        return read;
    }

    // The two after it are the simulators'.
    public static int Port(string text, string option = "--port")
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and < 65_534 ? port : throw new FormatException($"{option} needs a number from 1 to 65533.");

    private static string Status(string text) => OrchestrationInspector.Statuses.FirstOrDefault(status => status.Equals(text, StringComparison.OrdinalIgnoreCase))
        ?? throw new FormatException($"--status needs one of {string.Join(", ", OrchestrationInspector.Statuses)}.");

    private static int Positive(string text, string option)
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : throw new FormatException($"{option} needs a positive number.");

    private static double Speed(string text)
        => double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var speed) && speed > 0 ? speed : throw new FormatException("--speed needs a positive number.");
}
