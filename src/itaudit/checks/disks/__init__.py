"""Disks: is there room, and do they hold what they are given?"""
