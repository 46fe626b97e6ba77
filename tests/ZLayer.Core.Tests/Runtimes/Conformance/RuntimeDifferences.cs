namespace ZLayer.Core.Tests.Runtimes.Conformance;

/// <summary>
/// What runtimes do otherwise than the contract says: the one place in which the suite tells them apart. A case whose difference is
/// declared here has to fail as declared; when it passes, the entry is out of date and the test says so, unless the outcome is a race.
/// </summary>
internal static class RuntimeDifferences
{
    private const string Podman = "podman";

    // Podman 4 leaves out more of Docker's API than its successors.
    private static readonly Version Five = new(5, 0);
    private static readonly TimeSpan Briefly = TimeSpan.FromSeconds(3);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<RuntimeDifference> Declared { get; } =
    [
        new(
            "ObservationConformance.Health_is_told_with_what_the_check_printed", Podman,
            "Health checks are run by systemd's timers, and the tests have no systemd.", "canceled")
            { Patience = Briefly },
        new(
            "ObservationConformance.Samples_tell_the_limit_of_processes", Podman,
            "Its statistics have no limit of processes.", "Actual:   null"),
        new(
            "ObservationConformance.Networks_restrict_a_list", Podman,
            "It knows no network by the name 'none'.", "The collection was empty"),
        new(
            "LifecycleConformance.A_start_that_failed_is_the_outcome_of_the_container", Podman,
            "It keeps no exit code of a start that failed.", "Actual:   Tuple (0, Exited"),
        new(
            "FilesConformance.An_archive_is_not_put_where_no_directory_is", Podman,
            "It makes the directory that an archive is put into.", "No exception was thrown"),
        new(
            "ChangeConformance.An_instruction_that_changes_no_config_is_refused_by_a_commit", Podman,
            "It finds out when the image is made, and answers 500.", "but RuntimeError"),
        new(
            "ExecutionConformance.A_detached_command_that_cannot_be_started_is_an_error", Podman,
            "It does not say what became of the start of a detached command.", "No exception was thrown")
            { From = Five },

        Four(
            "LifecycleConformance.A_specification_that_cannot_be_is_refused",
            "It finds out that a directory is relative or a limit too small when it starts the container.", "No exception was thrown"),
        Four(
            "LifecycleConformance.A_container_is_stopped_with_its_own_signal_or_the_given_one",
            "Its service lets another code win over that of the signal's handler.", "Values differ") with { IsRace = true },
        Four(
            "LifecycleConformance.What_was_made_so_is_removed_when_it_ends",
            "A wait for the removal has no exit code.", "Actual:   0") with { IsRace = true },
        Four(
            "WaitingConformance.A_removal_is_waited_for_beyond_the_end",
            "A wait for the removal has no exit code.", "Actual:   Tuple (0, Exited)") with { IsRace = true },
        Four(
            "WaitingConformance.A_container_that_is_removed_while_it_is_waited_for_ends_the_wait",
            "A wait that a removal ends has no exit code.", "Actual:   0") with { IsRace = true },
        Four(
            "ChangeConformance.Only_what_is_set_is_changed",
            "Its service has no request that changes limits.", "Not Found"),
        Four(
            "ChangeConformance.The_restart_policy_is_changed",
            "Its service has no request that changes the policy.", "Not Found"),
        Four(
            "ChangeConformance.An_empty_update_does_nothing_and_one_that_cannot_be_is_refused",
            "Its service has no request that changes limits.", "Not Found"),
        Four(
            "PeerConformance.Limits_that_are_changed_are_seen_by_another_client",
            "Its service has no request that changes limits.", "Not Found"),
        Four(
            "ObservationConformance.The_columns_of_processes_may_be_chosen",
            "It gives each line of ps as one column.", "PID   COMMAND"),
        Four(
            "ObservationConformance.Processes_are_listed_with_their_columns",
            "It gives each line of ps as one column.", "PID   USER"),
        Four(
            "ObservationConformance.Samples_grow_and_end_with_the_container",
            "It answers with nothing once the container has ended.", "the document is empty"),
        Four(
            "ObservationConformance.What_does_not_run_has_no_processes_and_uses_nothing",
            "Its answer is empty when there are no processes.", "the document is empty"),
        Four(
            "ObservationConformance.A_filter_restricts_by_everything_it_names",
            "It looks for images by their full names alone.", "\"Images\":[\"zlayer-test/busybox:1\"]"),
        Four(
            "LogsConformance.A_log_is_streamed_from_one_stream_or_both",
            "It knows nothing of details.", "Actual:   \"two"),
        Four(
            "LogsConformance.A_window_of_time_holds_its_lines",
            "It compares whole seconds.", "Actual:   \"one") with { IsRace = true },
        Four(
            "LogsConformance.Lines_keep_their_order_streams_and_times",
            "It notes the time of the first line in whole seconds.", "Value not in range") with { IsRace = true },
        Four(
            "LogsConformance.Events_tell_the_life_of_a_container_as_it_happens",
            "Events that are kept in a file are not followed by its service.", "canceled") with { Patience = Briefly },
        Four(
            "ExecutionConformance.Attaching_later_can_begin_with_what_was_written_before",
            "It sends what was written before without the frames of the API.", "not the frames of its API"),
        Four(
            "FilesConformance.A_path_is_described_and_a_link_is_not_followed",
            "It tells the name of what a link points to.", "Actual:   Tuple (\"f\", True"),
        Four(
            "FilesConformance.A_directory_is_not_replaced_by_a_file_where_that_is_forbidden",
            "It refuses it with 500, whatever is forbidden.", "but RuntimeError"),
        Four(
            "FilesConformance.A_read_only_file_system_takes_no_archive",
            "It writes below the file system that the container sees.", "No exception was thrown"),
        Four(
            "ImagesConformance.All_images_that_no_container_uses_are_pruned_when_asked",
            "It takes the two spellings of one filter for two filters.", "more than once"),
        Four(
            "ImagesConformance.A_compressed_archive_is_loaded_quietly",
            "It loads no compressed archives.", "does not match any of the supported image formats"),
        Four(
            "ImagesConformance.The_last_step_of_a_history_has_the_id_and_the_names_of_the_image",
            "Its history has no id of the image.", "Actual:   null"),
        Four(
            "ImagesConformance.Force_takes_the_name_from_an_image_that_an_ended_container_uses",
            "Force removes the containers of the image too.", "no such container"),
    ];

    /// <summary>The difference of a runtime in a case; null when there is none.</summary>
    public static RuntimeDifference? Find(string name, ConformanceRuntime runtime)
        => Declared.SingleOrDefault(
            one => one.Case == name && one.Runtime == runtime.Name && one.From <= runtime.Version && runtime.Version < one.Before);

    private static RuntimeDifference Four(string name, string reason, string outcome)
        => new(name, Podman, "Podman 4: " + reason, outcome) { Before = Five };
}

/// <summary>What a runtime does otherwise than the contract says.</summary>
/// <param name="Case">The case that shows it: class and method.</param>
/// <param name="Runtime">The runtime.</param>
/// <param name="Reason">Why it is so, and why it is left so.</param>
/// <param name="Outcome">What the case says when it fails for this reason.</param>
internal sealed record RuntimeDifference(string Case, string Runtime, string Reason, string Outcome)
{
    /// <summary>The first version that differs.</summary>
    public Version From { get; init; } = new(0, 0);

    /// <summary>The first version that does not differ any more.</summary>
    public Version Before { get; init; } = new(int.MaxValue, 0);

    /// <summary>Whether the case passes now and then: what is found out first decides.</summary>
    public bool IsRace { get; init; }

    /// <summary>How long the case waits for what does not come; null is as long as elsewhere.</summary>
    public TimeSpan? Patience { get; init; }
}
